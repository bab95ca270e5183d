using System.Globalization;

namespace KernelBuild.Diagnostics;

/// <summary>Numbers and their nouns in messages: "1 group", "2 groups".</summary>
public static class Counted
{
    /// <param name="count">0 or more.</param>
    /// <param name="one">The noun for one of them.</param>
    /// <param name="many">Its plural; null for the noun with an s.</param>
    public static string Of(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many ?? one + "s")}");

    /// <summary>"a, b, c and 4 more"; all of them where they are not more than <paramref name="most"/>.</summary>
    /// <param name="separator">Between two names.</param>
    public static string Names(IReadOnlyCollection<string> names, int most, string separator = ", ") => names.Count <= most
        ? string.Join(separator, names)
        : string.Create(CultureInfo.InvariantCulture, $"{string.Join(separator, names.Take(most))} and {names.Count - most} more");
}
