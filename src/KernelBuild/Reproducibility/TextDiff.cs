using System.Text;

namespace KernelBuild.Reproducibility;

/// <summary>Products that are text.</summary>
internal static class TextDiff
{
    private const int MostShown = 5;

    public static IEnumerable<Difference> OfConfigurations(string file, ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other)
    {
        var (left, right) = (Lines(one), Lines(other));
        var only = left.Except(right).Concat(right.Except(left)).Where(line => line.Contains("CONFIG_", StringComparison.Ordinal)).ToArray();
        if (only.Length == 0)
        {
            yield return new Difference(file, "comments or order", DifferenceCause.Configuration);
            yield break;
        }

        var compiler = only.Where(line => line.StartsWith("CONFIG_CC_", StringComparison.Ordinal)
            || line.StartsWith("CONFIG_CLANG_VERSION", StringComparison.Ordinal) || line.StartsWith("CONFIG_GCC_VERSION", StringComparison.Ordinal)
            || line.StartsWith("CONFIG_LD_VERSION", StringComparison.Ordinal) || line.StartsWith("CONFIG_LLD_VERSION", StringComparison.Ordinal)
            || line.StartsWith("CONFIG_AS_VERSION", StringComparison.Ordinal) || line.StartsWith("CONFIG_PAHOLE_VERSION", StringComparison.Ordinal)).ToArray();
        if (compiler.Length > 0)
        {
            yield return new Difference(file, "toolchain", DifferenceCause.Compiler, string.Join("; ", compiler.Take(MostShown)));
        }

        // what a compiler can or cannot do follows from which one it is
        if (only.Except(compiler).ToArray() is { Length: > 0 } rest && compiler.Length == 0)
        {
            yield return new Difference(file, "symbols", DifferenceCause.Configuration, string.Join("; ", rest.Take(MostShown)));
        }
    }

    /// <summary>Addresses move with what is between them: only names are news.</summary>
    public static IEnumerable<Difference> OfSymbols(string file, ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other)
    {
        var (left, right) = (Names(one), Names(other));
        var only = left.Except(right).Concat(right.Except(left)).Order(StringComparer.Ordinal).ToArray();
        return
        [
            new Difference(
                file, only.Length == 0 ? "addresses" : "symbols", only.Length == 0 ? DifferenceCause.Layout : DifferenceCause.Unknown,
                only.Length == 0 ? "the kernel's parts have other sizes or another order" : string.Join(", ", only.Take(MostShown))),
        ];
    }

    private static HashSet<string> Names(ReadOnlyMemory<byte> map) =>
        Lines(map).Select(line => line.Split(' ')).Where(words => words.Length == 3).Select(words => words[2]).ToHashSet(StringComparer.Ordinal);

    private static string[] Lines(ReadOnlyMemory<byte> text) => Encoding.UTF8.GetString(text.Span).Split('\n');
}
