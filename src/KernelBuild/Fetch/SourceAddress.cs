using System.Text.RegularExpressions;

namespace KernelBuild.Fetch;

/// <summary>
/// Where a source is fetched from. User and password of an http(s) or ftp URL are taken out of it at once, so that no lock file, log,
/// manifest, message or list of processes can show them.
/// </summary>
public sealed partial record SourceAddress
{
    private SourceAddress(string url, UrlCredentials? credentials)
    {
        Url = url;
        Credentials = credentials;
    }

    /// <summary>What a program is given: a URL, or git's user@host:path.</summary>
    public string Url { get; }

    /// <summary>What the URL held of its user; null when it held nothing.</summary>
    public UrlCredentials? Credentials { get; }

    /// <summary>What is printed and kept.</summary>
    public string Display => Redacted(Url);

    /// <exception cref="FormatException">The URL has a password where none can be used, or no host.</exception>
    public static SourceAddress Parse(string url)
    {
        var match = WithUser().Match(url);
        if (!match.Success)
        {
            return HiddenUser().IsMatch(url) ? throw new FormatException(
                "a character of its user or password must be written in percent form, such as %2F for '/'")
                : new SourceAddress(url, null);
        }

        var (scheme, user) = (match.Groups["scheme"].Value, match.Groups["user"].Value);
        var colon = user.IndexOf(':', StringComparison.Ordinal);
        if (scheme is "ssh" or "git+ssh" or "ssh+git")
        {
            return colon < 0
                ? new SourceAddress(url, null)
                : throw new FormatException("ssh takes no password from a URL; use a key, in a file or in the agent");
        }

        var name = Uri.UnescapeDataString(colon < 0 ? user : user[..colon]);
        var password = colon < 0 ? null : Uri.UnescapeDataString(user[(colon + 1)..]);
        return new SourceAddress(
            scheme + "://" + url[(match.Index + match.Length)..], name.Length + (password?.Length ?? 0) == 0 ? null : new UrlCredentials(name, password));
    }

    /// <summary>The same address, with the login of another one when that is on the same server and this one has none.</summary>
    public SourceAddress WithLoginOf(SourceAddress other) =>
        Credentials is null && other.Credentials is not null
        && Uri.TryCreate(Url, UriKind.Absolute, out var own) && Uri.TryCreate(other.Url, UriKind.Absolute, out var theirs)
        && own.GetLeftPart(UriPartial.Authority) == theirs.GetLeftPart(UriPartial.Authority)
            ? new SourceAddress(Url, other.Credentials)
            : this;

    /// <summary>
    /// A text without user, password and token of the URLs in it: what stands before '@' in an authority goes, unless it is ssh's
    /// usual 'git', and every value of a query that can hold a secret is shown as '…'.
    /// </summary>
    public static string Redacted(string text)
    {
        var shown = HiddenUser().Replace(text, "$1");
        shown = User().Replace(shown, match => match.Groups["user"].Value == "git" ? match.Value : match.Groups["before"].Value);
        return QueryValue().Replace(shown, "$1…");
    }

    public override string ToString() => Display;

    [GeneratedRegex(@"^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?<user>[^/?#]*)@")]
    private static partial Regex WithUser();

    /// <summary>The part before '@' of a URL's authority, or of ssh's short form user@host:path.</summary>
    [GeneratedRegex(@"(?<before>://)(?<user>[^/?#\s]*)@|(?<before>^(?:git:)?)(?<user>[^/?#\s]*)@(?=[^/\s:@]+:)")]
    private static partial Regex User();

    /// <summary>A password with a bare '/', '?' or '#': the authority seems to end before the '@', in a port that is no number.</summary>
    [GeneratedRegex(@"(://)[^/?#\s:@]+:(?![0-9]*([/?#\s]|$))[^\s@]*@")]
    private static partial Regex HiddenUser();

    /// <summary>The names are those of kernel servers' own pages (cgit, gitiles, gitlab), which say what is wanted of them, and those of a bucket.</summary>
    [GeneratedRegex(@"((?:\?|(?<=\?[^#\s]*)&)(?!(?:h|id|ref|sha|format|path|raw|inline|archive|ref_type|region|endpoint)=)[^=&#\s]+=)[^&#\s']+")]
    private static partial Regex QueryValue();
}
