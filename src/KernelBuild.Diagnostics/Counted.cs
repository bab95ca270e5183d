using System.Globalization;

namespace KernelBuild.Diagnostics;

/// <summary>A number and its noun in messages: "1 group", "2 groups".</summary>
public static class Counted
{
    /// <param name="count">0 or more.</param>
    /// <param name="one">The noun for one of them.</param>
    /// <param name="many">Its plural; null for the noun with an s.</param>
    public static string Of(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many ?? one + "s")}");
}
