using System.Globalization;
using System.Text.RegularExpressions;

namespace KernelBuild.Variants;

/// <summary>How many objects a build compiled, out of what its compile stage says.</summary>
internal static partial class CompiledObjects
{
    public static int In(IEnumerable<string> lines) => lines
        .Select(line => Said().Match(line))
        .Where(match => match.Success)
        .Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^compiled (\d+) object\(s\)")]
    private static partial Regex Said();
}
