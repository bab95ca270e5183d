namespace KernelBuild.Fetch;

/// <summary>Names of packages and suites.</summary>
internal static class DebianPackageName
{
    /// <summary>Debian policy 5.6.1: lower-case letters, digits, plus, minus and dot, at least two characters.</summary>
    public static bool IsValid(string name) =>
        name.Length >= 2
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '+' or '-' or '.');

    /// <summary>A folder below dists/ of an archive: a name of its own, with dots and dashes, or two of them.</summary>
    public static bool IsSuite(string name) => name.Split('/') is { Length: <= 2 } parts && parts.All(part =>
        part.Length > 0
        && char.IsAsciiLetterOrDigit(part[0])
        && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '+' or '~' or '_'));

    /// <summary>PACKAGE[@SUITE] in two; the suite is null where there is no @.</summary>
    public static (string Package, string? Suite) SplitSuite(string text) =>
        text.Split('@', 2) is [var package, var suite] ? (package, suite) : (text, null);
}
