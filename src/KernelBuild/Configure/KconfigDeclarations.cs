using KernelBuild.Diagnostics;

namespace KernelBuild.Configure;

/// <summary>
/// Where a kernel declares its symbols and on what they depend, read from its Kconfig files line by line. This explains
/// what conf has decided; it decides nothing, and conditions of files that source another are not followed.
/// </summary>
public sealed class KconfigDeclarations
{
    private readonly ILookup<string, KconfigDeclaration> _declarations;

    private KconfigDeclarations(IEnumerable<KconfigDeclaration> declarations) =>
        _declarations = declarations.ToLookup(declaration => declaration.Name, StringComparer.Ordinal);

    /// <summary>Reads every Kconfig file of the tree that belongs to the architecture or to all of them.</summary>
    public static KconfigDeclarations Read(string tree, string architecture)
    {
        var files = Directory.EnumerateFiles(tree, "Kconfig*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(tree, file))
            .Where(file => !file.StartsWith("arch/", StringComparison.Ordinal)
                || file.StartsWith($"arch/{architecture}/", StringComparison.Ordinal)
                || file.IndexOf('/', "arch/".Length) < 0)
            .Where(file =>
                !file.StartsWith("scripts/", StringComparison.Ordinal) && !file.StartsWith("Documentation/", StringComparison.Ordinal));
        return new KconfigDeclarations(files.SelectMany(file => Parse(File.ReadLines(Path.Combine(tree, file)), file)));
    }

    public IReadOnlyList<KconfigDeclaration> Find(string name) => [.. _declarations[name]];

    /// <summary>At most three declared names that are a few letters away.</summary>
    public IReadOnlyList<string> Nearest(string name) => [.. NearestName.Among(name, _declarations.Select(group => group.Key), 3)];

    /// <summary>The values that the symbols of a condition have, such as "PCI=n MMU=y".</summary>
    public static string Values(string condition, KernelConfig config)
    {
        var names = condition.Split([' ', '\t', '(', ')', '&', '|', '!', '=', '<', '>'], StringSplitOptions.RemoveEmptyEntries)
            .Where(word =>
                word.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_') && word.Any(char.IsAsciiLetterUpper))
            .Distinct(StringComparer.Ordinal);
        return string.Join(' ', names.Select(name => $"{name}={config["CONFIG_" + name]}"));
    }

    internal static IEnumerable<KconfigDeclaration> Parse(IEnumerable<string> lines, string file) => new KconfigParser(file).Parse(lines);
}
