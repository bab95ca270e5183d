using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Fetch;

/// <summary>
/// Debian's packages by apt itself: its sources, its keys, its signature checks, in an <see cref="AptRoot"/>.
/// </summary>
/// <param name="suite">A suite of the archive, such as sid, that the host's sources need not name; null for what they name.</param>
public sealed class DebianArchive(CacheFolder cache, IBuildLog log, string? suite = null)
{
    private readonly AptRoot _root = AptRoot.Of(cache, suite);
    private bool _updated;

    /// <summary>--offline: what the downloads have, or KB1019.</summary>
    public bool Offline { get; init; }

    /// <summary>--update-lock: the archive's lists are read anew, however fresh they seem.</summary>
    public bool Refresh { get; init; }

    /// <summary>A package as a project names it.</summary>
    private string Label(string name) => suite is null ? name : $"{name}@{suite}";

    /// <summary>
    /// The .deb of a package, from the downloads of the cache where its digest is known, else from the archive.
    /// </summary>
    /// <param name="name">A name, with :ARCHITECTURE for one that is not the host's.</param>
    /// <param name="wanted">The version the project insists on; null for the candidate.</param>
    /// <param name="locked">What the lock file names; null when it names nothing.</param>
    /// <param name="strict">The locked version, or nothing.</param>
    public async Task<(string File, LockedPackage Package)> FetchAsync(
        string name, string? wanted, LockedPackage? locked, bool strict, CancellationToken cancellationToken)
    {
        if (wanted is not null && locked?.Version != wanted)
        {
            locked = null;
        }

        if (locked is not null && await Downloads.FindAsync(cache, locked.Sha256, cancellationToken) is { } present)
        {
            return (present, locked);
        }

        RequireNetwork($"the package {Label(name)}{(locked is null ? "" : " " + locked.Version)}");
        RequireApt();
        using var alone = await FolderLock.TakeAsync(cache.Apt, cancellationToken);
        if (locked is null && strict)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.LockMissing, $"the lock file does not name '{Label(name)}'",
                "build once without --locked and commit the lock file"));
        }

        var stanza = await FindAsync(name, wanted ?? locked?.Version, cancellationToken);
        if (stanza is null && locked is not null)
        {
            var gone = $"the archive no longer offers {Label(name)} {locked.Version}, which the lock file names";
            if (strict)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.LockedVersionGone, gone,
                    "build without --locked to take the version offered now, or point apt at a snapshot of the archive"));
            }

            log.Report(Diagnostic.Warning(DiagnosticCodes.LockedVersionGone, gone + "; the version offered now is taken and locked"));
            stanza = await FindAsync(name, null, cancellationToken);
        }

        if (stanza is null)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.PackageUnavailable,
                $"apt knows no package "
                    + $"'{name}'{(wanted is null ? "" : " of version " + wanted)}{(suite is null ? "" : $" in the suite '{suite}'")}",
                suite is null
                    ? "look at the sources in /etc/apt; a Debian 12 archive has linux-source-6.1 and linux-source-6.12"
                    : $"see what it has: https://packages.debian.org/{suite}/kernel/"));
        }

        if (strict && locked is not null && stanza.Sha256 != locked.Sha256)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DigestMismatch,
                $"{Label(name)} {locked.Version} has the SHA-256 {stanza.Sha256} in the archive; the lock file names {locked.Sha256}",
                "the archive or the lock file was changed; find out which before you build without --locked"));
        }

        var file = await DownloadAsync(name, stanza, cancellationToken);
        return (file, new LockedPackage(stanza.Version, stanza.Sha256));
    }

    /// <summary>What apt would download now; null when the archive has no such package, or not in that version.</summary>
    /// <param name="wanted">Null for the version that apt would take.</param>
    public async Task<LockedPackage?> CandidateAsync(string name, string? wanted, CancellationToken cancellationToken)
    {
        RequireNetwork($"what {Label(name)} is");
        RequireApt();
        using var alone = await FolderLock.TakeAsync(cache.Apt, cancellationToken);
        return await FindAsync(name, wanted, cancellationToken) is { } stanza ? new LockedPackage(stanza.Version, stanza.Sha256) : null;
    }

    private void RequireNetwork(string what)
    {
        if (Offline)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.OfflineMissing, $"--offline, and the cache does not hold {what}", "run once without --offline"));
        }
    }

    /// <summary>The .deb files of a package and of all that it depends on, of one architecture, whatever the host has installed.</summary>
    /// <param name="name">Of the package, without an architecture.</param>
    /// <param name="architecture">As Debian names it.</param>
    /// <param name="folder">They are put below it.</param>
    /// <exception cref="DiagnosticException">KB1007 when apt cannot download them, KB9004 without apt.</exception>
    public async Task<IReadOnlyList<string>> DownloadWithDependenciesAsync(
        string name, string architecture, string folder, CancellationToken cancellationToken)
    {
        RequireNetwork($"{name}:{architecture} and what it depends on");
        RequireApt();
        using var alone = await FolderLock.TakeAsync(cache.Apt, cancellationToken);
        log.Status($"downloading {name}:{architecture} and what it depends on");
        if (!_root.HasLists)
        {
            await UpdateAsync(cancellationToken);
        }

        try
        {
            await InstallIntoAsync(name, architecture, folder, cancellationToken);
        }
        catch (DiagnosticException) when (!_updated)
        {
            // a file that has moved: the lists were old
            await UpdateAsync(cancellationToken);
            try
            {
                await InstallIntoAsync(name, architecture, folder, cancellationToken);
            }
            catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
            {
                throw CannotDownload($"{name}:{architecture} and what it depends on", e);
            }
        }

        return [.. Directory.EnumerateFiles(Path.Combine(folder, "archives"), "*.deb").Order(StringComparer.Ordinal)];
    }

    private Task<CommandResult> InstallIntoAsync(string name, string architecture, string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(folder, "archives", "partial"));
        return _root.Command("apt-get").WithArguments(
            "-o", "APT::Architecture=" + architecture, "-o", "Dir::Cache::Archives=" + Path.Combine(folder, "archives"),
            "-o", "Debug::NoLocking=true", "install", "-q", "-y", "--no-install-recommends", "--download-only", name)
            .RunAsync(cancellationToken);
    }

    private static DiagnosticException CannotDownload(string what, DiagnosticException e) => new(
        Diagnostic.Error(DiagnosticCodes.DownloadFailed, $"apt cannot download {what}", "check the network; run again to go on") with
        {
            Details = e.Diagnostics[0].Details,
        },
        e);

    private static void RequireApt()
    {
        if (ProgramPath.Find("apt-get") is null)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.HostUnsupported,
                "a debian: source needs apt, which this host does not have",
                "use git:, archive: or path: as the source, or build on Debian or Ubuntu"));
        }
    }

    private async Task<PackageStanza?> FindAsync(string name, string? version, CancellationToken cancellationToken)
    {
        if (!_updated && (Refresh || !_root.HasLists))
        {
            await UpdateAsync(cancellationToken);
        }

        var stanza = await ShowAsync(name, version, cancellationToken);
        if (stanza is null && !_updated)
        {
            await UpdateAsync(cancellationToken);
            stanza = await ShowAsync(name, version, cancellationToken);
        }

        return stanza;
    }

    private async Task<PackageStanza?> ShowAsync(string name, string? version, CancellationToken cancellationToken)
    {
        var arguments = version is null ? new[] { "show", "--no-all-versions", name } : ["show", $"{name}={version}"];
        var result = await (_root.Command("apt-cache").WithArguments(arguments) with { AnswerCodes = [100] }).RunAsync(cancellationToken);
        return result.ExitCode == 0 ? PackageStanza.Parse(result.Output) : null;
    }

    private async Task UpdateAsync(CancellationToken cancellationToken)
    {
        log.Status(suite is null ? "reading the package lists (apt-get update)" : $"reading the package lists of {suite} (apt-get update)");
        if (suite is null)
        {
            await ReadListsAsync(cancellationToken);
        }
        else
        {
            await ReadListsOfSuiteAsync(cancellationToken);
        }

        _updated = true;
    }

    /// <summary>From the first archive of the host's sources that has the suite.</summary>
    private async Task ReadListsOfSuiteAsync(CancellationToken cancellationToken)
    {
        var candidates = await _root.CandidatesAsync(cancellationToken);
        for (var at = 0; ; at++)
        {
            _root.Use(candidates[at]);
            try
            {
                await ReadListsAsync(cancellationToken);
                return;
            }
            catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.SuiteUnavailable && at + 1 < candidates.Count)
            {
                // the next may have it
            }
        }
    }

    private async Task ReadListsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _root.Command("apt-get").WithArguments("update", "-q").RunAsync(cancellationToken);
        }
        catch (DiagnosticException e)
        {
            throw new DiagnosticException(AptFailure.OfLists(suite, e.Diagnostics[0].Details), e);
        }
    }

    private async Task<string> DownloadAsync(string name, PackageStanza stanza, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(cache.Downloads, "apt-" + Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(folder);
        try
        {
            var label = string.Create(CultureInfo.InvariantCulture, $"{Label(name)} {stanza.Version} ({stanza.Size / 1e6:0.0} MB)");
            log.Status("downloading " + label);
            try
            {
                await DownloadIntoAsync(folder, name, stanza, label, cancellationToken);
            }
            catch (DiagnosticException) when (!_updated)
            {
                // a file that has moved: the lists were old
                await UpdateAsync(cancellationToken);
                await DownloadIntoAsync(folder, name, stanza, label, cancellationToken);
            }

            var file = Directory.EnumerateFiles(folder, "*.deb").Single();
            return await Downloads.KeepAsync(cache, file, stanza.Sha256, name, cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            throw CannotDownload($"{Label(name)} {stanza.Version}", e);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task DownloadIntoAsync(
        string folder, string name, PackageStanza stanza, string label, CancellationToken cancellationToken)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(folder, stanza.Size, label, done.Token);
        try
        {
            await _root.Command("apt-get").WithArguments("download", "-q",
                $"{name}={stanza.Version}").In(folder).RunAsync(cancellationToken);
        }
        finally
        {
            await done.CancelAsync();
            await watching;
        }
    }

    private async Task WatchAsync(string folder, long size, string label, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(250, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // apt renames as it goes: a name that is gone counts nothing
            var present = Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Sum(file => (long)(FileStamp.Of(file)?.Size ?? 0));
            log.Progress("downloading " + label, Math.Min(1, (double)present / Math.Max(1, size)));
        }
    }
}
