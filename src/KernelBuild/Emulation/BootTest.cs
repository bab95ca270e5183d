using System.Globalization;
using KernelBuild.Artifacts;
using KernelBuild.BootImages;
using KernelBuild.BootImages.Compression;
using KernelBuild.Devices;
using KernelBuild.Diagnostics;
using KernelBuild.Tools;

namespace KernelBuild.Emulation;

/// <summary>
/// Takes kernel and ramdisk back out of boot.img, boots them under QEMU and compares the IOMMU groups that Linux formed with
/// those that the device expects.
/// </summary>
public sealed class BootTest(DeviceBuild device, IBuildLog log)
{
    private string Folder => Path.Combine(device.Folders.Artifacts, "boot-test");

    private string ConsoleFile => Path.Combine(Folder, "console.log");

    /// <exception cref="DiagnosticException">KB5001 to KB5012 for the image, KB9005 to KB9008 for the boot.</exception>
    public async Task<BootTestResult> RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Folder);
        File.Delete(Path.Combine(Folder, "result.json"));
        var (kernel, ramdisk, commandLine) = await TakeApartAsync(cancellationToken);
        log.Status($"booting {Path.Combine(device.Folders.Artifacts, "boot.img")} under QEMU");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var console = await BootAsync(kernel, ramdisk, commandLine, cancellationToken);
        var seconds = watch.Elapsed.TotalSeconds;
        var groups = IommuGroups.FromConsole(console)
            ?? throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EmulationFailed,
                "the guest ended without a complete report of its IOMMU groups",
                "read the console below; the whole of it is in " + ConsoleFile) with
            { Details = [.. console.TakeLast(15)] });
        var expectedFile = device.WithoutPatches ? device.Emulation.ExpectedGroupsWithoutPatches : device.Emulation.ExpectedGroups;
        var differences = expectedFile is null ? [] : IommuGroups.Load(expectedFile).Differences(groups);
        var result = new BootTestResult(groups, differences, expectedFile, seconds, Banner(console));
        AtomicFile.Write(Path.Combine(Folder, "result.json"), result.ToJson(device));
        if (differences.Count > 0)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.GroupsDiffer,
                string.Create(CultureInfo.InvariantCulture, $"the IOMMU groups are not the expected ones: {differences.Count} device(s) differ"),
                "if the new groups are right, correct the expectation") with
            { File = expectedFile, Details = differences });
        }

        return result;
    }

    private async Task<(string Kernel, string Ramdisk, string CommandLine)> TakeApartAsync(CancellationToken cancellationToken)
    {
        var file = Path.Combine(device.Folders.Artifacts, "boot.img");
        if (!File.Exists(file) || !File.Exists(Path.Combine(device.Folders.Artifacts, Manifest.FileName)))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.NothingBuilt, $"there is no finished build of '{device.Variant}'", $"./nuke.sh BuildKernel --device {device.Name}"));
        }

        var image = BootImage.Read(await File.ReadAllBytesAsync(file, cancellationToken));
        if (!Decompressor.TryDecompress(image.Kernel, out var kernel, out var error))
        {
            throw new DiagnosticException(error with { File = file });
        }

        var kernelFile = Path.Combine(Folder, "Image");
        var ramdiskFile = Path.Combine(Folder, "ramdisk");
        AtomicFile.Write(kernelFile, kernel.Content);
        AtomicFile.Write(ramdiskFile, image.Ramdisk);
        return (kernelFile, ramdiskFile, image.CommandLine);
    }

    private async Task<IReadOnlyList<string>> BootAsync(string kernel, string ramdisk, string commandLine, CancellationToken cancellationToken)
    {
        var console = new List<string>();
        var qemu = new Command("qemu-system-aarch64").WithArguments(device.Emulation.QemuArguments).WithArguments(
            "-nodefaults", "-display", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot", "-nic", "none",
            "-kernel", kernel, "-initrd", ramdisk, "-append", $"{commandLine} {device.Emulation.CommandLine}".Trim()) with
        {
            OnOutput = console.Add,
            Timeout = TimeSpan.FromSeconds(device.Emulation.TimeoutSeconds),
            CancelPatience = TimeSpan.FromSeconds(2),
        };
        try
        {
            await qemu.RunAsync(cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new DiagnosticException(
                Diagnostic.Error(
                    DiagnosticCodes.EmulationTimedOut,
                    string.Create(CultureInfo.InvariantCulture, $"the guest did not power off within {device.Emulation.TimeoutSeconds} s"),
                    "read the console below: a panic, a missing driver or a hanging init; the whole of it is in " + ConsoleFile) with
                { Details = [.. console.TakeLast(15)] },
                e);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            throw new DiagnosticException(
                Diagnostic.Error(DiagnosticCodes.EmulationFailed, "QEMU failed", e.Diagnostics[0].Fix) with { Details = e.Diagnostics[0].Details }, e);
        }
        finally
        {
            AtomicFile.Write(ConsoleFile, string.Join('\n', console) + "\n");
        }

        return console;
    }

    private static string Banner(IReadOnlyList<string> console) =>
        console.FirstOrDefault(line => line.Contains("Linux version ", StringComparison.Ordinal)) is { } line
            ? line[line.IndexOf("Linux version ", StringComparison.Ordinal)..].TrimEnd('\r')
            : "";
}
