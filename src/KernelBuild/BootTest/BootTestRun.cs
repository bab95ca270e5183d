using System.Globalization;
using KernelBuild.Attestation;
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
    private string Folder => Path.Combine(device.Folders.Artifacts, BootReports.BootTest);

    /// <exception cref="DiagnosticException">KB5001 to KB5012 for the image, KB9005 to KB9008 and KB9013 for the boot.</exception>
    public Task<BootTestResult> RunAsync(CancellationToken cancellationToken) =>
        Attestations.SealedAsync(device, () => TestAsync(cancellationToken));

    private async Task<BootTestResult> TestAsync(CancellationToken cancellationToken)
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
        var modules = GuestModules.FromConsole(console, GuestModules.WantedOf(device));
        var result = new BootTestResult(groups, differences, expectedFile, seconds, Emulator.Banner(console), modules)
        {
            ImageDigest = emulator.ImageDigest,
            Emulator = await Emulator.VersionAsync(cancellationToken),
            EmulatorArguments =
            [
                .. emulator.CommandFor(files).Arguments.Select(argument =>
                    argument.Replace(device.RootFolder.TrimEnd('/') + "/", "", StringComparison.Ordinal)),
            ],
        };
        AtomicFile.Write(Path.Combine(Folder, "result.json"), result.ToJson(device));
        var findings = Findings(result, emulator.ConsoleFile).ToArray();
        return findings.Length == 0 ? result : throw new DiagnosticException(findings);
    }

    private static IEnumerable<Diagnostic> Findings(BootTestResult result, string console)
    {
        if (!result.Modules.Missing.IsEmpty)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.ModulesNotLoaded,
                $"{Counted.Of(result.Modules.Missing.Length, "module", "modules")} of modules.load {(result.Modules.Missing.Length == 1 ? "was" : "were")} not loaded",
                "what modprobe and the kernel said is in " + console) with
            { Details = result.Modules.Missing };
        }

        if (result.Differences.Count > 0)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.GroupsDiffer,
                string.Create(
                    CultureInfo.InvariantCulture, $"the IOMMU groups are not the expected ones: {result.Differences.Count} device(s) differ"),
                "if the new groups are right, correct the expectation") with
            { File = result.ExpectedFile, Details = result.Differences };
        }
    }
}
