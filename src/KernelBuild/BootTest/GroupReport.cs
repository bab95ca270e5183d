using System.Collections.Immutable;
using System.Text;
using KernelBuild.Attestation;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Device;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Reporting;

namespace KernelBuild.BootTest;

/// <summary>
/// Boots boot.img with an init of our own beside the device's, reads back what the machine is, and explains it: a page with the
/// groups, why they are so and what would change them, and the capture, for kernelbuild iommu. The ramdisk must have
/// /bin/busybox; it is not changed, only an archive is put behind it.
/// </summary>
public sealed class GroupReport(DeviceBuild device, IBuildLog log)
{
    private const string Init = "kernelbuild-capture";

    private string Folder => Path.Combine(device.Folders.Artifacts, BootReports.Groups);

    /// <exception cref="DiagnosticException">
    /// KB5001 to KB5012 for the image, KB9005, KB9006 and KB9009 for the boot, KB7001, KB7003 and KB7008 for what it said.
    /// </exception>
    public Task<GroupReportResult> RunAsync(CancellationToken cancellationToken) =>
        Attestations.SealedAsync(device, () => BootAsync(cancellationToken));

    private async Task<GroupReportResult> BootAsync(CancellationToken cancellationToken)
    {
        var emulator = new Emulator(device, Folder);
        var image = Sha256Digest.OfFile(Path.Combine(device.Folders.Artifacts, "boot.img"));
        var files = await emulator.TakeApartAsync(cancellationToken);
        await AppendInitAsync(files.Ramdisk, cancellationToken);
        log.Status($"booting {Path.Combine(device.Folders.Artifacts, "boot.img")} under QEMU");
        var console = await emulator.BootAsync(
            files with { CommandLine = $"{files.CommandLine} rdinit=/{Init}".Trim() }, cancellationToken);
        if (!GuestCapture.TryRead(console, out var capture))
        {
            throw emulator.Incomplete("capture of itself; its ramdisk must have /bin/busybox", console);
        }

        var result = Explain(device.Variant, capture, Folder);
        BootReports.NameImage(Folder, capture.Kernel, image);
        return result;
    }

    /// <summary>Writes the page and the capture of a machine into a folder.</summary>
    /// <exception cref="DiagnosticException">KB7008 for a kernel whose release begins with no version.</exception>
    internal static GroupReportResult Explain(string variant, Capture capture, string folder)
    {
        if (!KernelVersion.TryParse(capture.Kernel, out var kernel))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.KernelVersionInvalid, $"'{capture.Kernel}' is no Linux version",
                "the kernel's own release must begin with one"));
        }

        var tree = new IommuTree(DeviceTree.Read(capture.DeviceTree));
        var topology = capture.ToTopology();
        var options = RecordedOrder.Apply(topology, new PredictionOptions { Kernel = kernel, HostPaths = capture.HostPaths });
        var prediction = GroupPredictor.Predict(tree, topology, options);
        var page = Path.Combine(folder, "groups.html");
        var machine = Path.Combine(folder, "machine.capture");
        AtomicFile.Write(machine, CaptureFile.Write(capture));
        AtomicFile.Write(page, Encoding.UTF8.GetBytes(HtmlReport.Write(
            $"IOMMU groups of {variant}, Linux {capture.Kernel}", tree, topology, options, prediction,
            FixFinder.Find(tree, topology, options, null))));
        using var text = new StringWriter();
        TopologyText.Write(topology, prediction, text);
        return new GroupReportResult(
            page, machine, [.. text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)],
            [.. RecordedGroupCheck.Check(capture, prediction)],
            [.. RecordedOrder.Check(tree, topology, options, prediction)]);
    }

    /// <summary>
    /// Linux unpacks one archive after another; zeros between them are passed over. Source: init/initramfs.c, unpack_to_rootfs.
    /// </summary>
    internal static async Task AppendAsync(
        string ramdisk, IEnumerable<RamdiskEntry> entries, CancellationToken cancellationToken)
    {
        var bytes = await File.ReadAllBytesAsync(ramdisk, cancellationToken);
        byte[] both = [.. bytes, .. new byte[-bytes.Length & 3], .. CpioWriter.Write(entries)];
        AtomicFile.Write(ramdisk, both);
    }

    private static Task AppendInitAsync(string ramdisk, CancellationToken cancellationToken)
    {
        const UnixFileMode executable = (UnixFileMode)0x1ed;
        var script = (GuestCapture.Prologue + GuestCapture.Bind + GuestCapture.Report).ReplaceLineEndings("\n");
        ImmutableArray<RamdiskEntry> entries =
        [
            RamdiskEntry.Directory("proc"), RamdiskEntry.Directory("sys"), RamdiskEntry.Directory("dev"),
            RamdiskEntry.File(Init, Encoding.ASCII.GetBytes(script), executable),
        ];
        return AppendAsync(ramdisk, entries, cancellationToken);
    }
}
