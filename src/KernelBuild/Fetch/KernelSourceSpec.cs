using KernelBuild.Diagnostics;
using KernelBuild.Fetch.Manifests;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch;

/// <summary>Where a kernel comes from, as the device project names it.</summary>
/// <param name="Text">The item as it was written, without user, password and token of its URL: what is printed and locked.</param>
public abstract record KernelSourceSpec(string Text)
{
    /// <param name="text">debian:PACKAGE[=VERSION][@SUITE], git:URL#COMMIT-OR-REF,
    /// repo:URL#MANIFEST@COMMIT-OR-REF, archive:URL-OR-FILE#sha256=DIGEST[&amp;member=NAME]
    /// or path:FOLDER.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    /// <exception cref="DiagnosticException">KB1001.</exception>
    public static KernelSourceSpec Parse(string text, string folder)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var rest = colon < 0 ? "" : text[(colon + 1)..];
        return (colon < 0 ? "" : text[..colon]) switch
        {
            "debian" => Debian(text, rest),
            "git" => Git(text, rest, folder),
            "repo" => Manifest(text, rest, folder),
            "archive" => Archive(text, rest, folder),
            "path" when rest.Length > 0 => new LocalTreeSpec(text, Path.GetFullPath(rest, folder)),
            _ => throw Invalid(text, "it starts with none of debian:, git:, repo:, archive:, path:"),
        };
    }

    /// <summary>Another address of the same content.</summary>
    /// <param name="text">A URL, or a folder or file, relative to <paramref name="folder"/>.</param>
    /// <exception cref="DiagnosticException">KB1001, for a source that has no address, too.</exception>
    internal static SourceAddress Mirror(string text, KernelSourceSpec of, string folder) => of switch
    {
        GitSpec or RepoManifestSpec => Address(text, Url(text, folder)),
        ArchiveSpec when Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" => Address(text, text),
        ArchiveSpec => throw Invalid(text, "a mirror of an archive is an http or https URL"),
        _ => throw Invalid(text, "only git:, repo: and archive: sources have mirrors"),
    };

    private static DebianSpec Debian(string text, string rest)
    {
        var (package, suite) = DebianPackageName.SplitSuite(rest);
        if (suite is not null && !DebianPackageName.IsSuite(suite))
        {
            throw Invalid(text, $"'{suite}' is no name of a suite; write debian:PACKAGE=VERSION@SUITE");
        }

        var parts = package.Split('=', 2);
        if (!DebianPackageName.IsValid(parts[0]))
        {
            throw Invalid(text, $"'{parts[0]}' is no name of a Debian package");
        }

        return parts is [_, ""]
            ? throw Invalid(text, "the version after '=' is missing")
            : new DebianSpec(text, parts[0], parts.Length > 1 ? parts[1] : null, suite);
    }

    private static GitSpec Git(string text, string rest, string folder)
    {
        var hash = rest.LastIndexOf('#');
        if (hash <= 0 || hash == rest.Length - 1)
        {
            throw Invalid(text, "a commit or ref is missing; write git:URL#COMMIT or git:URL#REF");
        }

        var url = rest[..hash];
        var revision = rest[(hash + 1)..];
        if (revision.StartsWith('-') || url.StartsWith('-'))
        {
            throw Invalid(text, "neither URL nor revision may start with '-'");
        }

        var (commit, name) = Revision(text, revision);
        return new GitSpec(SourceAddress.Redacted(text), Address(text, Url(url, folder)), commit, name);
    }

    private static (GitObjectId? Commit, string? Ref) Revision(string text, string revision)
    {
        if (GitObjectId.TryParse(revision, out var id))
        {
            return (id, null);
        }

        return revision.Length is >= 7 and < GitObjectId.HexLength && revision.All(char.IsAsciiHexDigitLower)
            ? throw Invalid(text, $"'{revision}' looks like an abbreviated commit; give all 40 digits")
            : (null, revision);
    }

    private static RepoManifestSpec Manifest(string text, string rest, string folder)
    {
        var hash = rest.LastIndexOf('#');
        var at = rest.IndexOf('@', Math.Max(hash, 0));
        if (hash <= 0 || at <= hash + 1 || at == rest.Length - 1)
        {
            throw Invalid(text, "the manifest or its ref is missing; write repo:URL#default.xml@REF or repo:URL#default.xml@COMMIT");
        }

        var (url, file, revision) = (rest[..hash], rest[(hash + 1)..at], rest[(at + 1)..]);
        if (revision.StartsWith('-') || url.StartsWith('-'))
        {
            throw Invalid(text, "neither URL nor revision may start with '-'");
        }

        if (ManifestPath.Check(file) is { } why)
        {
            throw Invalid(text, $"the manifest is '{file}', which {why}");
        }

        var (commit, name) = Revision(text, revision);
        return new RepoManifestSpec(SourceAddress.Redacted(text), Address(text, Url(url, folder)), file, commit, name, []);
    }

    private static SourceAddress Address(string text, string url)
    {
        try
        {
            return SourceAddress.Parse(url);
        }
        catch (FormatException e)
        {
            throw Invalid(text, e.Message);
        }
    }

    private static string Url(string url, string folder)
    {
        if (url.Contains("://", StringComparison.Ordinal))
        {
            return url;
        }

        // user@host:path is ssh; everything else without a scheme is a folder
        var colon = url.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && !url[..colon].Contains('/', StringComparison.Ordinal)
            ? url
            : "file://" + Path.GetFullPath(url, folder);
    }

    private static ArchiveSpec Archive(string text, string rest, string folder)
    {
        var hash = rest.LastIndexOf("#sha256=", StringComparison.Ordinal);
        if (hash <= 0)
        {
            throw Invalid(text, "the digest is missing; write archive:URL#sha256=DIGEST");
        }

        const string memberMark = "&member=";
        var fragment = rest[(hash + "#sha256=".Length)..];
        var mark = fragment.IndexOf(memberMark, StringComparison.Ordinal);
        var member = mark < 0 ? null : fragment[(mark + memberMark.Length)..];
        if (member is { Length: 0 })
        {
            throw Invalid(text, "the name behind '&member=' is missing");
        }

        if (!Sha256Digest.TryParse(mark < 0 ? fragment : fragment[..mark], out var digest))
        {
            throw Invalid(text, "the SHA-256 digest must have 64 hexadecimal digits");
        }

        var place = rest[..hash];
        if (place.Contains("://", StringComparison.Ordinal)
            && !(Uri.TryCreate(place, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" or "file"))
        {
            throw Invalid(text, "an archive comes by http, https or from a file");
        }

        var address = Address(text, place);
        var uri = Uri.TryCreate(address.Url, UriKind.Absolute, out var absolute) && absolute.Scheme is "http" or "https" or "file"
            ? absolute!
            : new Uri(Path.GetFullPath(place, folder));
        return new ArchiveSpec(SourceAddress.Redacted(text), address, uri, digest, member);
    }

    internal static DiagnosticException Invalid(string text, string why) => new(Diagnostic.Error(
        DiagnosticCodes.SourceSpecInvalid,
        $"the kernel source '{SourceAddress.Redacted(text)}' cannot be read: {why}",
        "for example debian:linux-source-6.1, git:https://example.org/linux.git#v6.1, "
            + "repo:https://example.org/manifest#default.xml@main, archive:linux.tar.xz#sha256=…, path:../linux"));
}

/// <summary>A package that carries a kernel's source as usr/src/PACKAGE.tar.*.</summary>
/// <param name="Version">The version the project insists on; null for the archive's candidate.</param>
/// <param name="Suite">The suite of the archive, such as bullseye; null for what apt's sources name.</param>
public sealed record DebianSpec(string Text, string Package, string? Version, string? Suite = null) : KernelSourceSpec(Text);

/// <summary>A commit of a git repository: by its full id, or by a ref that is resolved once and then locked.</summary>
public sealed record GitSpec(string Text, SourceAddress Address, GitObjectId? Commit, string? Ref) : KernelSourceSpec(Text);

/// <summary>A tar or zip archive, checked before it is unpacked.</summary>
/// <param name="Location">The address as .NET reads it: http, https or file.</param>
/// <param name="Member">The archive in it that holds the kernel; null for the archive itself, or the only one in it that does.</param>
public sealed record ArchiveSpec(string Text, SourceAddress Address, Uri Location, Sha256Digest Digest, string? Member = null)
    : KernelSourceSpec(Text);

/// <summary>A folder of this machine, taken as it is at each build.</summary>
public sealed record LocalTreeSpec(string Text, string Folder) : KernelSourceSpec(Text);
