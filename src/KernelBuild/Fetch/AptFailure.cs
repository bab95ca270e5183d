using KernelBuild.Diagnostics;

namespace KernelBuild.Fetch;

/// <summary>What apt-get update says when it fails, as a finding.</summary>
internal static class AptFailure
{
    /// <summary>Of a Release file that is not signed, by a key that is not trusted, damaged, or out of date (apt-pkg/acquire-item.cc,
    /// methods/gpgv.cc).</summary>
    private static readonly string[] _distrust =
    [
        "NO_PUBKEY", "BADSIG", "EXPKEYSIG", "REVKEYSIG", "EXPSIG", "GPG error", "is not signed", "invalid signature", "couldn't be "
            + "verified", "is expired (invalid since",
        "is not valid yet", "Conflicting distribution", "Clearsigned file isn't valid", "unacceptable", "changed its", "no longer signed",
    ];

    private static readonly string[] _absent = ["does not have a Release file", "404  Not Found", "File not found"];

    /// <param name="suite">Null for the host's sources.</param>
    /// <param name="said">The end of what apt wrote.</param>
    public static Diagnostic OfLists(string? suite, IReadOnlyList<string> said)
    {
        var finding = suite is null
            ? Diagnostic.Error(
                DiagnosticCodes.DownloadFailed,
                "the package lists cannot be fetched: apt-get update failed",
                "check the network and the sources in /etc/apt; what was downloaded before stays usable")
            : Says(said, _distrust) is { } distrust
            ? Diagnostic.Error(
                DiagnosticCodes.SuiteNotTrusted,
                $"apt does not trust the suite '{suite}': {distrust}",
                "install the keyring of the archive (Debian: debian-archive-keyring); an archived suite whose time has run out needs "
                    + "an entry of its own in "
                + "/etc/apt with 'Check-Valid-Until: no'")
            : Says(said, _absent) is { } absent
            ? Diagnostic.Error(
                DiagnosticCodes.SuiteUnavailable,
                $"no archive of apt's sources has the suite '{suite}': {absent}",
                "correct its name; suites that have left the mirrors are at archive.debian.org, which then needs an entry in /etc/apt")
            : Diagnostic.Error(
                DiagnosticCodes.DownloadFailed,
                $"the package lists of '{suite}' cannot be fetched: apt-get update failed",
                "check the network and the mirror in /etc/apt; what was downloaded before stays usable");
        return finding with { Details = said };
    }

    /// <summary>The line of apt that says one of these.</summary>
    private static string? Says(IReadOnlyList<string> said, string[] words) => said
        .Where(line => words.Any(word => line.Contains(word, StringComparison.Ordinal)))
        .OrderBy(line => line.StartsWith("E:", StringComparison.Ordinal) ? 0 : 1)
        .FirstOrDefault();
}
