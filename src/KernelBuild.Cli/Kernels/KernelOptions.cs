using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Properties;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.Cli.Kernels;

/// <summary>What the verbs of <c>kernel</c> share.</summary>
internal static class KernelOptions
{
    /// <summary>What an argument that names functions may be.</summary>
    public const string HowToName = "Functions: a name, a pattern with * and ?, an address (0x…), a place (name+0x10)";

    private const int Suggestions = 3;

    public static Argument<string> Image() => Arguments.File("IMAGE", "boot.img, a compressed or raw arm64 kernel, or vmlinux");

    public static Option<bool> Json() =>
        new("--json") { Description = "Write one JSON document; its shape is in docs/guide/kernel-images.md" };

    public static Argument<string[]> Functions(string description, ArgumentArity arity)
    {
        var names = new Argument<string[]>("FUNCTION") { Description = description, Arity = arity };
        names.Validators.Add(RefuseOptions);
        return names;
    }

    /// <summary>The parser takes an option it does not know for one more argument.</summary>
    public static void RefuseOptions(ArgumentResult result)
    {
        foreach (var token in result.Tokens.Where(token => token.Value.StartsWith('-')))
        {
            result.AddError($"There is no option {token.Value}.");
        }
    }

    public static Option<int> Depth(int otherwise) =>
        new("--depth") { Description = $"Levels at most (default {otherwise})", DefaultValueFactory = _ => otherwise };

    /// <summary>What is meant by some names, and a finding for each that means nothing (KB8007).</summary>
    /// <exception cref="DiagnosticException">KB8005 or KB8006.</exception>
    public static FoundFunctions Find(InputKernel kernel, IEnumerable<string> names)
    {
        var search = new SymbolSearch(kernel.Symbols());
        var found = new List<KernelSymbol>();
        var missing = new List<Diagnostic>();
        foreach (var name in names)
        {
            var symbols = search.Find(name);
            found.AddRange(symbols);
            if (symbols.Count == 0)
            {
                missing.Add(Unknown(kernel, search, name));
            }
        }

        return new FoundFunctions([.. found.Distinct()], [.. missing]);
    }

    private static Diagnostic Unknown(InputKernel kernel, SymbolSearch search, string name)
    {
        var symbols = kernel.Symbols();
        var called = InlinedAccessors.CalleesOf(name).FirstOrDefault(callee => search.Find(callee).Count > 0);
        var nearest = search.Suggest(name, Suggestions).ToList();
        if (called is null && nearest.Count < Suggestions)
        {
            nearest.AddRange(NearestName
                .Among(
                    name, Enumerable.Range(0, symbols.Count).Select(index => symbols[index].Name).Distinct(StringComparer.Ordinal),
                    Suggestions)
                .Except(nearest)
                .Take(Suggestions - nearest.Count));
        }

        return Diagnostic.Error(
            DiagnosticCodes.KernelSymbolUnknown,
            $"the kernel has no symbol '{name}'",
            called is not null ? $"it is always inlined, and calls {called}: ask for that"
            : nearest.Count > 0 ? $"did you mean {string.Join(", ", nearest)}?"
            : "it may be inlined, or in a module; kernelbuild kernel symbols lists all that there are") with
        { File = kernel.Path };
    }

    public static string Hex(ulong address) => string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");

    public static string Id(ushort id) => id.ToString("x4", CultureInfo.InvariantCulture);
}
