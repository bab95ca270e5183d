using System.Globalization;

namespace KernelBuild.Cli.Files;

/// <summary>Makes file names of names that come out of images, where anything may stand: "../../etc/passwd", a NUL, nothing.</summary>
internal static class SafeName
{
    private const int LongestName = 64;

    /// <summary>
    /// Letters, digits, dot, dash and underscore stay; the rest becomes an underscore; never empty, never hidden, never a path.
    /// </summary>
    public static string Of(string name)
    {
        var clean = string
            .Concat(name.Take(LongestName).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_'))
            .TrimStart('.');
        return clean.Length == 0 ? "unnamed" : clean;
    }

    /// <summary>The same with a number in front, so that names that become equal stay apart.</summary>
    public static string Numbered(string prefix, int number, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}_{number:00}") + (name.Length == 0 ? "" : "_" + Of(name));
}
