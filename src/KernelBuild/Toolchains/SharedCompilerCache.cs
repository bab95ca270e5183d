using System.Text.RegularExpressions;
using KernelBuild.Caching;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Toolchains;

/// <summary>The second level behind the local compiler cache: measured, switched on, switched off.</summary>
public static partial class SharedCompilerCache
{
    /// <summary>Measures the device's shared cache, says what it is good for, and gives the device with it, or without one.</summary>
    /// <param name="toolchain">Its folder of links stands.</param>
    public static async Task<DeviceBuild> AttachAsync(
        DeviceBuild device, Toolchain toolchain, IBuildLog log, CancellationToken cancellationToken)
    {
        if (!device.CompilerCache.IsRemote || !Make.UsesCompilerCache(device))
        {
            return device;
        }

        var probe = new RemoteProbe(
            device.CompilerCache, toolchain.Command("ccache"), toolchain.Plan.Compiler, device.Folders.CompilerCacheProbe);
        var (storage, finding) = await probe.RunAsync(cancellationToken);
        if (finding is not null)
        {
            log.Report(finding);
        }

        var attached = device with { RemoteStorage = storage };
        if (storage is not null)
        {
            WriteConfig(attached, isAttached: true);
        }

        return attached;
    }

    /// <summary>Every call of the compiler from now on goes without the remote.</summary>
    /// <param name="failed">Calls that the remote has failed.</param>
    public static void Detach(DeviceBuild device, int failed, IBuildLog log)
    {
        WriteConfig(device, isAttached: false);
        log.Report(Diagnostic.Warning(
            DiagnosticCodes.CompilerCacheDropped,
            $"the shared compiler cache {device.CompilerCache} failed {failed} calls of the compiler in the middle of the build",
            "the rest of the build goes on with the local cache; ask whoever keeps the server"));
    }

    /// <summary>What the cache did in the compilation that has just ended; null without cache. Why objects missed is kept beside it.</summary>
    public static async Task<CompilerCacheReport?> ReportAsync(
        DeviceBuild device, Toolchain toolchain, IBuildLog log, CancellationToken cancellationToken)
    {
        if (!Make.UsesCompilerCache(device) || CompilerCacheReport.Read(device.Folders.CompilerCacheLog) is not { } report)
        {
            return null;
        }

        report = report with { Remote = device.RemoteStorage?.Setting.ToString() };
        if (File.Exists(device.Folders.CompilerCallsLog))
        {
            var folder = Path.Combine(CacheFolder.FromEnvironment().Path, "compiler-calls");
            var ledger = new CallLedger(Path.Combine(folder, device.Variant + ".gz"), device.Folders.Work, toolchain.CompilerDigest);
            var calls = await ledger.ExplainAsync(device.Folders.CompilerCallsLog, toolchain.Command("ccache"), cancellationToken);
            calls.Save(device.Folders.CompilerCallsFile);
            File.Delete(device.Folders.CompilerCallsLog);
            report = report with { Reasons = calls.Reasons };
        }

        log.Status(report.ToString());
        return report;
    }

    /// <summary>
    /// What the user's own files say, which ccache does not read beside CCACHE_CONFIGPATH, and the remote by the name of a variable:
    /// ccache puts the environment into its settings. Source: ccache's manual, "Configuration file syntax".
    /// </summary>
    private static void WriteConfig(DeviceBuild device, bool isAttached)
    {
        string[] files = ["/etc/ccache.conf", Path.Combine(Make.CompilerCacheFolder(device), "ccache.conf")];
        var lines = files.Where(File.Exists).SelectMany(File.ReadLines).Where(line => !RemoteSetting().IsMatch(line));
        if (isAttached)
        {
            lines = lines.Append($"remote_storage = ${{{RemoteStorage.Variable}}}");
        }

        AtomicFile.Write(device.Folders.CompilerCacheConfig, string.Join('\n', lines) + "\n");
    }

    [GeneratedRegex(@"^\s*(remote|secondary)_storage\s*=")]
    private static partial Regex RemoteSetting();
}
