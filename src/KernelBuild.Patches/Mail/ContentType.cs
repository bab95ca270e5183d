using System.Text.RegularExpressions;

namespace KernelBuild.Patches.Mail;

/// <summary>What of a Content-Type field matters to a patch.</summary>
/// <param name="Charset">Empty when none is stated.</param>
/// <param name="Boundary">Of a mail in several parts; null otherwise.</param>
internal sealed partial record ContentType(string Charset, string? Boundary)
{
    public static ContentType Parse(string field)
    {
        var boundary = field.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) ? Value(field, "boundary") : null;
        return new ContentType(Value(field, "charset") ?? "", boundary is { Length: > 0 } ? boundary : null);
    }

    private static string? Value(string field, string name)
    {
        foreach (Match match in Parameter().Matches(field))
        {
            if (match.Groups["name"].Value.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return match.Groups["quoted"].Success ? match.Groups["quoted"].Value : match.Groups["plain"].Value;
            }
        }

        return null;
    }

    [GeneratedRegex("""(?<name>[A-Za-z]+)\s*=\s*("(?<quoted>[^"]*)"|(?<plain>[^\s;"]+))""")]
    private static partial Regex Parameter();
}
