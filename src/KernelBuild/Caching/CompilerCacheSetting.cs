using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;

namespace KernelBuild.Caching;

/// <summary>
/// Where objects are cached: nowhere, in the user's cache, in a folder, or there and on a server that others share. Its text, as
/// <see cref="ToString"/> and JSON have it, has no password.
/// </summary>
[JsonConverter(typeof(CompilerCacheSettingJson))]
public sealed partial record CompilerCacheSetting
{
    private const string Forms =
        "true, false, a folder (with a slash in it), redis://[[USER:]PASSWORD@]HOST[:PORT][/DB], http://[USER:PASSWORD@]HOST[:PORT]/PATH, "
        + "file:/ABSOLUTE/FOLDER";

    /// <summary>Overrides the project.</summary>
    public const string Variable = "KERNELBUILD_COMPILER_CACHE";

    private readonly string? _url;

    private CompilerCacheSetting(bool isUsed, string? folder = null, string? url = null)
    {
        IsUsed = isUsed;
        Folder = folder;
        _url = url;
    }

    public static CompilerCacheSetting Off { get; } = new(false);

    /// <summary>The user's cache, and what ccache's own variables and files say.</summary>
    public static CompilerCacheSetting Default { get; } = new(true);

    public bool IsUsed { get; }

    /// <summary>Absolute; null for the user's cache.</summary>
    public string? Folder { get; }

    /// <summary>Whether a second level lies behind the local one.</summary>
    public bool IsRemote => _url is not null;

    /// <summary>Whether it has something that no log, file or command line may show.</summary>
    public bool HasSecret => _url is not null && Redacted(_url) != _url;

    /// <summary>The URL with its password, for the environment of a child and nothing else.</summary>
    /// <exception cref="InvalidOperationException">There is no remote.</exception>
    internal string SecretUrl => _url ?? throw new InvalidOperationException("no remote");

    /// <summary>The text that <see cref="Parse"/> takes, with its password, for the environment of a child and nothing else.</summary>
    public string SecretText => _url ?? ToString();

    /// <summary>Reads what a project, an option or the environment says.</summary>
    /// <param name="baseFolder">What a relative folder is meant from.</param>
    /// <exception cref="DiagnosticException">KB4015: nothing that is understood.</exception>
    public static CompilerCacheSetting Parse(string text, string baseFolder)
    {
        text = text.Trim();
        return text.ToUpperInvariant() switch
        {
            "" or "TRUE" or "ON" or "YES" => Default,
            "FALSE" or "OFF" or "NO" => Off,
            _ when Scheme().Match(text) is { Success: true } scheme => OfUrl(scheme.Groups[1].Value, text),
            _ when text.StartsWith('~') => throw Invalid(text, "names a home folder, which only a shell knows"),
            _ when text.Contains('/', StringComparison.Ordinal) => new(true, Path.GetFullPath(text, baseFolder)),
            _ => throw Invalid(text, "is nothing that is understood"),
        };
    }

    /// <summary>What <see cref="Variable"/> says; null when it says nothing.</summary>
    /// <exception cref="DiagnosticException">KB4015: nothing that is understood.</exception>
    public static CompilerCacheSetting? FromEnvironment(string baseFolder) =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text ? Parse(text, baseFolder) : null;

    /// <summary>Without user and password.</summary>
    public override string ToString() => _url is not null ? Redacted(_url) : !IsUsed ? "false" : Folder ?? "true";

    /// <summary>Takes user and password out of what a tool printed.</summary>
    internal string WithoutSecret(string text)
    {
        if (!HasSecret)
        {
            return text;
        }

        var user = new Uri(_url!).UserInfo;
        string[] secrets = [user, user[(user.IndexOf(':', StringComparison.Ordinal) + 1)..]];
        return secrets.Concat(secrets.Select(Uri.UnescapeDataString)).Where(one => one.Length > 0)
            .Aggregate(text, (rest, secret) => rest.Replace(secret, "***", StringComparison.Ordinal));
    }

    private static CompilerCacheSetting OfUrl(string scheme, string text)
    {
        // ccache divides its list of remotes at blanks, and attributes at bars
        if (text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '|' or '"'))
        {
            throw Invalid(text, "has a blank, a bar or a quotation mark; in a URL they are written %20, %7C and %22");
        }

        return scheme.ToUpperInvariant() switch
        {
            "FILE" => OfFile(text),
            "REDIS" or "HTTP" => OfServer(text),
            "HTTPS" or "REDISS" => throw Invalid(text, "is encrypted, which ccache does not speak; a tunnel or a proxy on this host does"),
            _ => throw Invalid(text, $"has the scheme '{scheme}'"),
        };
    }

    private static CompilerCacheSetting OfFile(string text)
    {
        var path = text["file:".Length..];
        path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
        return path.StartsWith('/') && !path.Any(c => c is '$' or '%' or '?' or '#' or '@')
            ? new(true, url: "file:" + path)
            : throw Invalid(text, "is no absolute path without one of $ % ? # @");
    }

    private static CompilerCacheSetting OfServer(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Query.Length + uri.Fragment.Length > 0)
        {
            throw Invalid(text, "is no URL of a server and a path");
        }

        if (text.Count(c => c == '@') != (uri.UserInfo.Length > 0 ? 1 : 0))
        {
            throw Invalid(text, "has an @ that does not end user and password; it is written %40");
        }

        var database = uri.AbsolutePath.Trim('/');
        if (uri.Scheme == "redis" && !database.All(char.IsAsciiDigit))
        {
            throw Invalid(text, "has a path; of redis the number of a database was expected");
        }

        // ccache puts variables of the environment into its settings
        return new(true, url: text.Replace("$", "%24", StringComparison.Ordinal));
    }

    private static string Redacted(string text) => Secret().Replace(text, "$1***@");

    private static DiagnosticException Invalid(string text, string what) => new(Diagnostic.Error(
        DiagnosticCodes.CompilerCacheInvalid, $"the compiler cache '{Redacted(text)}' {what}", "understood are " + Forms));

    [GeneratedRegex("^([A-Za-z][A-Za-z0-9+.-]*):")]
    private static partial Regex Scheme();

    /// <summary>Up to the last @, also where the text is no URL.</summary>
    [GeneratedRegex("^([A-Za-z][A-Za-z0-9+.-]*:/*)?.*@", RegexOptions.Singleline)]
    private static partial Regex Secret();
}
