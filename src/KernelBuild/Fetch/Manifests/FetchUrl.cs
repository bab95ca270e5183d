using System.Text.RegularExpressions;

namespace KernelBuild.Fetch.Manifests;

/// <summary>
/// The address that a remote's fetch stands for: relative to that of the manifest's repository, as repo resolves it (manifest_xml.py,
/// _resolveFetchUrl, on Python's urljoin, which drops the last part of the base as a browser does).
/// </summary>
internal static partial class FetchUrl
{
    /// <summary>Stands for the scheme of a base that has none, such as host:folder.</summary>
    private const string NoScheme = "gopher://";

    public static string Resolve(string fetch, string manifest)
    {
        var (url, at) = (Normal(fetch), Normal(manifest));
        if (at.IndexOf(':', StringComparison.Ordinal) == at.IndexOf('/', StringComparison.Ordinal) - 1)
        {
            return Join(at, url);
        }

        var joined = Join(NoScheme + at, url);
        return joined.StartsWith(NoScheme, StringComparison.Ordinal) ? joined[NoScheme.Length..] : joined;
    }

    private static string Normal(string url)
    {
        url = url.TrimEnd('/');
        return Scheme().IsMatch(url) || !ShortSsh().IsMatch(url)
            ? url
            : "ssh://" + url[..url.IndexOf(':', StringComparison.Ordinal)] + "/" + url[(url.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }

    /// <summary>RFC 3986, 5.2, with the deviations of urljoin.</summary>
    private static string Join(string at, string url)
    {
        if (url.Length == 0)
        {
            return at;
        }

        var (scheme, server, path) = Split(at);
        var (ownScheme, ownServer, ownPath) = Split(url);
        if ((ownScheme ?? scheme) != scheme)
        {
            return url;
        }

        if (ownServer is { Length: > 0 })
        {
            return Whole(scheme, ownServer, ownPath);
        }

        if (ownPath.Length == 0)
        {
            return Whole(scheme, server, path);
        }

        var isAbsolute = ownPath.StartsWith('/');
        var parts = isAbsolute ? [] : path.Split('/')[..^1];
        string[] all = [.. parts, .. ownPath.Split('/')];
        var kept = new List<string>();
        for (var i = 0; i < all.Length; i++)
        {
            var isEdge = i == 0 || i == all.Length - 1;
            if (all[i] == "..")
            {
                kept.RemoveRange(Math.Max(kept.Count - 1, 0), Math.Min(kept.Count, 1));
            }
            else if (all[i] != "." && (all[i].Length > 0 || isEdge || isAbsolute))
            {
                kept.Add(all[i]);
            }
        }

        if (all[^1] is "." or "..")
        {
            kept.Add("");
        }

        return Whole(scheme, server, string.Join('/', kept));
    }

    private static string Whole(string? scheme, string? server, string path) =>
        scheme is null && server is null ? path : $"{scheme}://{server}{(path.Length == 0 || path.StartsWith('/') ? "" : "/")}{path}";

    private static (string? Scheme, string? Server, string Path) Split(string url)
    {
        var scheme = Scheme().Match(url);
        var rest = url[scheme.Length..];
        var name = scheme.Success ? scheme.Value[..^1].ToLowerInvariant() : null;
        if (!rest.StartsWith("//", StringComparison.Ordinal))
        {
            return (name, null, rest);
        }

        var end = rest.AsSpan(2).IndexOfAny("/?#");
        return end < 0 ? (name, rest[2..], "") : (name, rest[2..(end + 2)], rest[(end + 2)..]);
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]*:")]
    private static partial Regex Scheme();

    /// <summary>user@host:folder.</summary>
    [GeneratedRegex("^[^/:]+@[^/:]+:[^/]+")]
    private static partial Regex ShortSsh();
}
