using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KernelBuild.Architecture.Tests;

/// <summary>
/// Who uses whom below src/, found by the compiler: every name in a source file that means something declared in another one,
/// documentation comments included.
/// </summary>
internal sealed class SourceGraph
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly Lazy<SourceGraph> _ofRepository = new(() => new SourceGraph(RepositoryRoot()));

    private readonly string _root;
    private readonly List<SymbolUse> _uses = [];
    private readonly List<OutsideUse> _outside = [];
    private readonly List<string> _unresolved = [];

    private SourceGraph(string root)
    {
        _root = root;
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        MetadataReference[] references =
        [
            .. platform.Concat(Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll"))
                .Where(file => !Path.GetFileName(file).StartsWith("KernelBuild", StringComparison.Ordinal))
                .DistinctBy(Path.GetFileName)
                .Select(file => MetadataReference.CreateFromFile(file)),
        ];
        var compiled = new Dictionary<string, CSharpCompilation>();
        foreach (var project in SourceProject.ReadAll(root))
        {
            var compilation = Compile(project, [.. references, .. Closure(project, compiled).Select(other => other.ToMetadataReference())]);
            compiled.Add(project.Name, compilation);
            Closures[project.Name] = [.. project.References.SelectMany(reference => Closures[reference].Append(reference)).Distinct()];
            foreach (var tree in compilation.SyntaxTrees.Where(tree => tree.FilePath.Length > 0))
            {
                Collect(compilation.GetSemanticModel(tree), tree);
            }
        }
    }

    public static SourceGraph OfRepository => _ofRepository.Value;

    public IReadOnlyList<SymbolUse> Uses => _uses;

    /// <summary>Types of .NET and of packages.</summary>
    public IReadOnlyList<OutsideUse> Outside => _outside;

    /// <summary>Names that the compiler does not know here: were there any, uses would be missing.</summary>
    public IReadOnlyList<string> Unresolved => _unresolved;

    private Dictionary<string, string[]> Closures { get; } = [];

    private IEnumerable<CSharpCompilation> Closure(SourceProject project, Dictionary<string, CSharpCompilation> compiled) =>
        project.References.SelectMany(reference => Closures[reference].Append(reference)).Distinct().Select(name => compiled[name]);

    private static CSharpCompilation Compile(SourceProject project, IReadOnlyList<MetadataReference> references)
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.Parse);
        var friends = string.Concat(project.Friends.Select(friend =>
            $"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"{friend}\")]\n"));
        return CSharpCompilation.Create(
            project.Name,
            [
                .. project.Files.Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), options, file)),
                CSharpSyntaxTree.ParseText(ImplicitUsings + "\n" + friends, options),
            ],
            references,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
    }

    private void Collect(SemanticModel model, SyntaxTree tree)
    {
        // CS0234 and CS0246: a namespace or type that is not known
        _unresolved.AddRange(
            model.GetDiagnostics().Where(diagnostic => diagnostic.Id is "CS0234" or "CS0246").Select(diagnostic => diagnostic.ToString()));
        var file = Path.GetRelativePath(_root, tree.FilePath);
        foreach (var name in tree.GetRoot().DescendantNodes(descendIntoTrivia: true).OfType<SimpleNameSyntax>())
        {
            var info = model.GetSymbolInfo(name);
            if ((info.Symbol ?? info.CandidateSymbols.FirstOrDefault()) is not { Kind: not SymbolKind.Namespace } symbol)
            {
                continue;
            }

            symbol = (symbol as IMethodSymbol)?.ReducedFrom ?? symbol;
            var line = name.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
            foreach (var declaration in Declarations(symbol)
                .Select(path => Path.GetRelativePath(_root, path))
                .Where(declaration => declaration != file)
                .Distinct())
            {
                _uses.Add(new SymbolUse(file, line, declaration, symbol.Name));
            }

            var type = symbol as INamedTypeSymbol ?? symbol.ContainingType;
            if (type is { DeclaringSyntaxReferences.Length: 0 })
            {
                _outside.Add(new OutsideUse(
                    file, line, type.OriginalDefinition.ToDisplayString(), symbol is INamedTypeSymbol ? "" : symbol.Name));
            }
        }
    }

    private static IEnumerable<string> Declarations(ISymbol symbol) =>
        symbol is IParameterSymbol or ILocalSymbol or ITypeParameterSymbol or IRangeVariableSymbol or ILabelSymbol ? []
        : symbol.OriginalDefinition.DeclaringSyntaxReferences.Concat(
            symbol.IsImplicitlyDeclared ? symbol.ContainingType?.DeclaringSyntaxReferences ?? [] : [])
            .Select(reference => reference.SyntaxTree.FilePath);

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "KernelBuild.sln")))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException("the tests do not run from inside the repository");
        }

        return folder;
    }
}

/// <summary>A name in one file that is declared in another; paths relative to the root.</summary>
internal sealed record SymbolUse(string From, int Line, string To, string Symbol)
{
    public override string ToString() => $"{From}:{Line} uses {Symbol} of {To}";
}

/// <summary>A name that is declared outside of the repository.</summary>
/// <param name="Member">Empty for the type itself.</param>
internal sealed record OutsideUse(string From, int Line, string Type, string Member)
{
    public override string ToString() => $"{From}:{Line} uses {Type}{(Member.Length == 0 ? "" : "." + Member)}";
}
