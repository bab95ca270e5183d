using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Flashing;

/// <summary>
/// Reads the boot partitions off a device in its bootloader, or in fastbootd, which gives out vendor_boot only: <c>fastboot fetch</c>. Each is
/// read twice, since a bootloader tells no hash to compare with. Source: AOSP, system/core/fastboot/device/commands.cpp, FetchHandler.
/// </summary>
/// <param name="fastboot">The device.</param>
/// <param name="backups">Of the project.</param>
/// <param name="clock">For the list.</param>
/// <param name="log">Where it says what it does.</param>
public sealed class BootloaderPull(Fastboot fastboot, BackupFolder backups, TimeProvider clock, IBuildLog log)
{
    /// <exception cref="DiagnosticException">
    /// KB9049 when bootloader or fastboot have no fetch, or nothing is given out; KB9024 without any of the partitions; KB9027; KB9030 when
    /// two readings differ.
    /// </exception>
    public async Task<PulledImages> RunAsync(CancellationToken cancellationToken)
    {
        var variables = await new DeviceSession(fastboot, log)
            .ReadVariablesAsync(FlashPlanner.NeededVariables(StockPull.Partitions), cancellationToken);
        if (!variables.CanFetch)
        {
            throw variables.HostLacksFetch
                ? Impossible("the bootloader gives partitions out, but this fastboot has no command fetch",
                    "put the fastboot of platform-tools 31 or later first on PATH")
                : Impossible("the bootloader gives no partition out (it tells no max-fetch-size)", "fastboot getvar max-fetch-size");
        }

        var found = Find(variables).ToArray();
        if (found.Length == 0)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.PartitionMissing, "the bootloader tells the size of none of the partitions boot, init_boot, vendor_boot, dtbo "
                    + "and vbmeta",
                "fastboot getvar partition-size:boot_a"));
        }

        backups.Prepare();
        var partial = Path.Combine(backups.Path, ".pull-" + Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(partial);
        try
        {
            var pulled = new List<PulledPartition>();
            var refusals = new List<string>();
            foreach (var (partition, file, size, isRunning) in found)
            {
                if (await PullAsync(partition, Path.Combine(partial, file), size, cancellationToken) is var (digest, refusal) && digest is { } read)
                {
                    pulled.Add(new PulledPartition(
                        partition, file, read, size, variables.SerialNumber, "", isRunning, clock.GetUtcNow().UtcDateTime));
                    log.Status($"{partition}: {size} bytes, SHA-256 {read}");
                }
                else
                {
                    refusals.Add($"{partition}: {refusal}");
                    log.Status($"{partition} is not given out: {refusal}");
                }
            }

            return pulled.Count > 0
                ? backups.Keep(new PulledImages(partial, [.. pulled]), SystemOf(variables), log)
                : throw Impossible("the bootloader gives none of its boot partitions out", "fastboot getvar is-userspace", refusals);
        }
        finally
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }
        }
    }

    private static IEnumerable<(string Partition, string File, long Size, bool IsRunning)> Find(FastbootVariables variables)
    {
        foreach (var name in StockPull.Partitions)
        {
            foreach (var suffix in variables.HasSlot(name) == false || !variables.HasSlots ? (string[])[""] : ["_a", "_b"])
            {
                var isRunning = suffix.Length == 0 || suffix == "_" + variables.CurrentSlot;
                if (variables.SizeOf(name + suffix) is > 0 and var size)
                {
                    yield return (name + suffix, (isRunning ? name : name + suffix) + ".img", size, isRunning);
                }
            }
        }
    }

    private async Task<(Sha256Digest? Digest, string Refusal)> PullAsync(
        string partition, string file, long size, CancellationToken cancellationToken)
    {
        if (await fastboot.TryFetchAsync(partition, file, size, cancellationToken) is { } refusal)
        {
            File.Delete(file);
            return (null, refusal);
        }

        var again = file + ".again";
        if (await fastboot.TryFetchAsync(partition, again, size, cancellationToken) is not null || new FileInfo(file).Length != size)
        {
            throw Damaged($"{partition} was not given out whole: {new FileInfo(file).Length} of {size} bytes");
        }

        var digest = await Sha256Digest.OfFileAsync(file, cancellationToken);
        if (await Sha256Digest.OfFileAsync(again, cancellationToken) != digest)
        {
            throw Damaged($"{partition} was read twice, and the two readings differ");
        }

        File.Delete(again);
        return (digest, "");
    }

    /// <summary>A bootloader knows no fingerprint: what the images are of is its own version.</summary>
    private static string SystemOf(FastbootVariables variables) =>
        string.Join('-', new[] { variables.Product, variables["version-bootloader"] ?? variables["version-baseband"] }.OfType<string>());

    private static DiagnosticException Damaged(string message) => new(Diagnostic.Error(
        DiagnosticCodes.BackupDamaged, message, "run the same again, with another cable or port if it stays so"));

    private static DiagnosticException Impossible(string message, string look, IReadOnlyList<string>? refusals = null) => new(
        Diagnostic.Error(
            DiagnosticCodes.FetchImpossible, message,
            $"{look}; else run ./nuke.sh PullStock with the device running and rooted, or take the images from the device's factory image") with
        { Details = [.. refusals ?? []] });
}
