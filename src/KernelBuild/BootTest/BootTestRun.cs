using System.Globalization;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.BootTest;

/// <summary>
/// Takes kernel and ramdisk back out of boot.img, boots them under QEMU and compares the IOMMU groups that Linux formed with
/// those that the device expects.
/// </summary>
public sealed class BootTestRun(DeviceBuild device, IBuildLog log)
{
    private string Folder => Path.Combine(device.Folders.Artifacts, "boot-test");

    /// <exception cref="DiagnosticException">KB5001 to KB5012 for the image, KB9005 to KB9008 for the boot.</exception>
    public async Task<BootTestResult> RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Folder);
        File.Delete(Path.Combine(Folder, "result.json"));
        var emulator = new Emulator(device, Folder);
        var files = await emulator.TakeApartAsync(cancellationToken);
        log.Status($"booting {Path.Combine(device.Folders.Artifacts, "boot.img")} under QEMU");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var console = await emulator.BootAsync(files, cancellationToken);
        var seconds = watch.Elapsed.TotalSeconds;
        var groups = IommuGroups.FromConsole(console) ?? throw emulator.Incomplete("report of its IOMMU groups", console);
        var expectedFile = device.WithoutPatches ? device.Emulation.ExpectedGroupsWithoutPatches : device.Emulation.ExpectedGroups;
        var differences = expectedFile is null ? [] : IommuGroups.Load(expectedFile).Differences(groups);
        var result = new BootTestResult(groups, differences, expectedFile, seconds, Emulator.Banner(console));
        AtomicFile.Write(Path.Combine(Folder, "result.json"), result.ToJson(device));
        if (differences.Count > 0)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.GroupsDiffer,
                string.Create(
                    CultureInfo.InvariantCulture, $"the IOMMU groups are not the expected ones: {differences.Count} device(s) differ"),
                "if the new groups are right, correct the expectation") with
            { File = expectedFile, Details = differences });
        }

        return result;
    }
}
