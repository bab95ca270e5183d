using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace KernelBuild.Iommu.Scanning;

/// <summary>The functions of one C source, and which of them call each other.</summary>
internal sealed partial class SourceFunctions
{
    private const int DeepestCall = 4;
    private readonly Dictionary<string, SourceFunction> _byName = new(StringComparer.Ordinal);
    private readonly List<SourceFunction> _ordered = [];

    public SourceFunctions(SourceText source)
    {
        var from = 0;
        for (var match = DefinitionPattern().Match(source.Text); match.Success; match = DefinitionPattern().Match(source.Text, from))
        {
            var open = match.Index + match.Length - 1;
            var end = source.EndOfBlock(open);
            from = Math.Max(end, match.Index + match.Length);
            var function = new SourceFunction(
                match.Groups[2].Value, match.Groups[1].Value, Names(match.Groups[3].Value), match.Groups[3].Value, match.Groups[2].Index, end,
                source.Text[open..end]);
            _ordered.Add(function);
            _byName[function.Name] = function;
        }
    }

    /// <summary>In the order of the source.</summary>
    public IReadOnlyList<SourceFunction> All => _ordered;

    /// <summary>Null when the source does not define it.</summary>
    public SourceFunction? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The function in whose body an offset is; null outside of all.</summary>
    public SourceFunction? At(int offset) => _ordered.Find(function => offset >= function.NameAt && offset < function.End);

    /// <summary>A function and those of the same source that it calls, directly or through others.</summary>
    public ImmutableArray<SourceFunction> Reach(SourceFunction function)
    {
        var reached = new List<SourceFunction> { function };
        var from = 0;
        for (var depth = 0; depth < DeepestCall && from < reached.Count; depth++)
        {
            var until = reached.Count;
            for (; from < until; from++)
            {
                reached.AddRange(CallPattern().Matches(reached[from].Body)
                    .Select(call => Find(call.Groups[1].Value)).OfType<SourceFunction>().Distinct().Where(other => !reached.Contains(other)));
            }
        }

        return [.. reached];
    }

    /// <summary>The last word of each parameter: "struct device *dev, u32 (*f)(int)" has dev and f.</summary>
    private static ImmutableArray<string> Names(string parameters)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var parameter in Arguments(parameters))
        {
            var pointer = PointerPattern().Match(parameter);
            var word = pointer.Success ? pointer.Groups[1].Value : LastWordPattern().Match(parameter).Groups[1].Value;
            names.Add(word is "void" ? "" : word);
        }

        return names.DrainToImmutable();
    }

    /// <summary>What stands between the commas that are in no parenthesis.</summary>
    public static IEnumerable<string> Arguments(string text)
    {
        var (depth, start) = (0, 0);
        for (var at = 0; at < text.Length; at++)
        {
            depth += text[at] is '(' or '[' or '{' ? 1 : text[at] is ')' or ']' or '}' ? -1 : 0;
            if (text[at] == ',' && depth == 0)
            {
                yield return text[start..at];
                start = at + 1;
            }
        }

        yield return text[start..];
    }

    /// <summary>By the kernel's style: a definition begins in the first column.</summary>
    [GeneratedRegex(
        @"^((?:[A-Za-z_][\w \t\*]*[ \t\*\n])?)(\w+)[ \t]*\(([^;{}()]*(?:\([^;{}()]*\)[^;{}()]*)*)\)[\s\w]{0,60}\{", RegexOptions.Multiline)]
    private static partial Regex DefinitionPattern();

    [GeneratedRegex(@"\b([A-Za-z_]\w*)[ \t]*\(")]
    private static partial Regex CallPattern();

    [GeneratedRegex(@"\(\s*\*\s*(\w+)\s*\)")]
    private static partial Regex PointerPattern();

    [GeneratedRegex(@"(\w+)\s*(?:\[[^\]]*\]\s*)*$")]
    private static partial Regex LastWordPattern();
}
