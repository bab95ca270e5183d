using System.Globalization;

namespace KernelBuild.Host.Reporting;

/// <summary>
/// How a build that runs as a child talks to its parent: a message is a line, progress begins with a mark and how far it is.
/// </summary>
public static class ProgressLine
{
    /// <summary>Stands for a line break inside one message.</summary>
    public const char LineBreak = '\u001e';

    private const string Prefix = "\u001fprogress ";

    private const string StagePrefix = "\u001fstage ";

    /// <param name="fraction">0 to 1, or null when the end is not known.</param>
    public static string Of(string message, double? fraction) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{fraction:0.000} {message}");

    /// <summary>A stage begins, and the one before it has ended.</summary>
    public static string OfStage(string name) => StagePrefix + name;

    /// <summary>The stage that a line begins; null when it begins none.</summary>
    public static string? ReadStage(string line) =>
        line.StartsWith(StagePrefix, StringComparison.Ordinal) ? line[StagePrefix.Length..] : null;

    /// <summary>Null when a line is none of progress.</summary>
    public static (string Message, double? Fraction)? Read(string line)
    {
        if (!line.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var blank = line.IndexOf(' ', Prefix.Length);
        return blank < 0
            ? (line[Prefix.Length..], null)
            : (line[(blank + 1)..],
                double.TryParse(line.AsSpan(Prefix.Length, blank - Prefix.Length), CultureInfo.InvariantCulture, out var fraction)
                    ? fraction
                    : null);
    }
}
