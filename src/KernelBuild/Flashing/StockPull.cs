using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Flashing;

/// <summary>
/// Reads the boot partitions off a running, rooted device: each is hashed on the device before and after it is copied, and here. They get
/// their place when all of them are there; nothing that is there is ever replaced.
/// </summary>
/// <param name="adb">The device.</param>
/// <param name="backups">Of the project.</param>
/// <param name="clock">For the list.</param>
/// <param name="log">Where it says what it does.</param>
public sealed class StockPull(Adb adb, BackupFolder backups, TimeProvider clock, IBuildLog log)
{
    /// <summary>Without slots; those that a device does not have are left out.</summary>
    internal static readonly ImmutableArray<string> Partitions = ["boot", "init_boot", "vendor_boot", "dtbo", "vbmeta"];

    /// <exception cref="DiagnosticException">
    /// KB9027 when the device was lost, KB9030 when what arrived is not what the device has, KB9031 without root, KB9024 without any of the
    /// partitions.
    /// </exception>
    public async Task<PulledImages> RunAsync(CancellationToken cancellationToken)
    {
        var identity = await DeviceIdentity.ReadAsync(adb, cancellationToken);
        if (identity.Root is not { } root)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.RootMissing,
                $"{adb.Serial} gives no root: neither adbd runs as root nor does su answer, and only root reads partitions",
                "adb root (userdebug builds), or allow the shell in the root manager's app; else take the images from the device's "
                    + "factory image"));
        }

        var found = await FindAsync(root, identity, cancellationToken);
        if (found.Count == 0)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.PartitionMissing, "the device has none of the partitions boot, init_boot, vendor_boot, dtbo and vbmeta "
                    + "by name",
                "look where it has them: adb shell ls /dev/block/by-name"));
        }

        backups.Prepare();
        var partial = Path.Combine(backups.Path, ".pull-" + Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(partial);
        try
        {
            var pulled = new List<PulledPartition>();
            foreach (var (partition, path) in found)
            {
                pulled.Add(await PullAsync(root, identity, partition, path, partial, cancellationToken));
            }

            return backups.Keep(new PulledImages(partial, [.. pulled]), identity.Fingerprint, log);
        }
        finally
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }
        }
    }

    /// <summary>What to write into the project, for each image of the running slot that has a property there.</summary>
    public static IEnumerable<string> Properties(PulledImages pulled, string projectFile)
    {
        foreach (var partition in pulled.Partitions.Where(partition => partition.IsRunning))
        {
            var property = Path.GetFileNameWithoutExtension(partition.File) switch
            {
                "boot" => "StockBootImage",
                "init_boot" => "StockInitBootImage",
                "vendor_boot" => "StockVendorBootImage",
                "dtbo" => "StockDtboImage",
                _ => null,
            };
            if (property is not null)
            {
                var path = Path.GetRelativePath(Path.GetDirectoryName(projectFile)!, Path.Combine(pulled.Folder, partition.File));
                yield return $"<{property}>{path}</{property}>";
            }
        }
    }

    /// <summary>Partitions that there are, both slots of each, with their nodes.</summary>
    private async Task<IReadOnlyList<(string Partition, string Path)>> FindAsync(
        string root, DeviceIdentity identity, CancellationToken cancellationToken)
    {
        string[] suffixes = identity.SlotSuffix.Length > 0 ? ["_a", "_b"] : [""];
        var names = string.Join(' ', Partitions.SelectMany(partition => suffixes.Select(suffix => partition + suffix)));

        // Source: AOSP, system/core/init/devices.cpp, which links by-name below the platform's device and directly below /dev/block
        var script = $"for n in {names}; do for d in $R/dev/block/by-name $R/dev/block/bootdevice/by-name $R/dev/block/platform/*/by-name "
            + "$R/dev/block/platform/*/*/by-name; do [ -e $d/$n ] && { echo \"P $n $d/$n\"; break; }; done; done; true";
        var lines = await adb.ShellAsync(DeviceIdentity.AsRoot(root, script), cancellationToken);
        return
        [
            .. lines.Select(line => line.Split(' '))
                .Where(words => words is ["P", var name, var path] && names.Split(' ').Contains(name) && IsPlain(path))
                .Select(words => (words[1], words[2])),
        ];
    }

    private async Task<PulledPartition> PullAsync(
        string root, DeviceIdentity identity, string partition, string path, string folder, CancellationToken cancellationToken)
    {
        var (size, before) = await HashAsync(root, path, cancellationToken);
        var isRunning = identity.SlotSuffix.Length == 0 || partition.EndsWith(identity.SlotSuffix, StringComparison.Ordinal);
        var name = (isRunning && identity.SlotSuffix.Length > 0 ? partition[..^identity.SlotSuffix.Length] : partition) + ".img";
        var file = Path.Combine(folder, name);
        await adb.CopyAsync(DeviceIdentity.AsRoot(root, $"cat {path} 2>/dev/null"), file, size, cancellationToken);
        var here = await Sha256Digest.OfFileAsync(file, cancellationToken);
        var (_, after) = await HashAsync(root, path, cancellationToken);
        if (before != after)
        {
            throw Damaged($"{partition} changed while it was read", "wait until the device is up and idle, and run the same again");
        }

        var length = new FileInfo(file).Length;
        if (length != size || here != before)
        {
            throw Damaged(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{partition} did not arrive as the device has it: {length} of {size} bytes, SHA-256 {here} instead of {before}"),
                "run the same again, with another cable or port if it stays so");
        }

        log.Status(string.Create(CultureInfo.InvariantCulture, $"{partition}: {size} bytes, SHA-256 {here}"));
        return new PulledPartition(
            partition, name, here, size, identity.SerialNumber, identity.Fingerprint, isRunning, clock.GetUtcNow().UtcDateTime);
    }

    /// <summary>Size and hash of a partition, as the device computes them.</summary>
    private async Task<(long Size, Sha256Digest Digest)> HashAsync(string root, string path, CancellationToken cancellationToken)
    {
        var script = $"echo \"Z $(blockdev --getsize64 {path} 2>/dev/null || wc -c < {path})\"; echo \"H $(sha256sum < {path})\"";
        var lines = await adb.ShellAsync(DeviceIdentity.AsRoot(root, script), cancellationToken);
        var size = lines.FirstOrDefault(line => line.StartsWith("Z ", StringComparison.Ordinal))?[2..].Trim();
        var hash = lines.FirstOrDefault(line => line.StartsWith("H ", StringComparison.Ordinal))?[2..].Split(' ')[0];
        return long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes > 0
            && Sha256Digest.TryParse(hash, out var digest)
            ? (bytes, digest)
            : throw Damaged($"the device does not tell size and SHA-256 of {path}",
                "its shell must have sha256sum; look with: adb shell sha256sum --help");
    }

    /// <summary>A path that a shell takes as it is.</summary>
    private static bool IsPlain(string path) =>
        path.StartsWith('/') && path.All(c => char.IsAsciiLetterOrDigit(c) || "/_-.:@+".Contains(c, StringComparison.Ordinal));

    private static DiagnosticException Damaged(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.BackupDamaged, message, fix));
}
