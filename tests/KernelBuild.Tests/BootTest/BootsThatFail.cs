using KernelBuild.BootImages.Boot;
using KernelBuild.BootTest;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Manifest;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.BootTest;

/// <summary>The boot test of builds that are not there, of machines that QEMU has not, and of guests that say nothing.</summary>
public sealed class BootsThatFail : IDisposable
{
    private readonly TestDevice _bench = new();

    public void Dispose() => _bench.Dispose();

    /// <summary>A finished build whose kernel is no program: what QEMU makes of it depends on the machine alone.</summary>
    private BootTestRun Run(int timeoutSeconds, params string[] arguments)
    {
        var device = _bench.Device("") with
        {
            Emulation = new EmulationSettings { QemuArguments = [.. arguments], TimeoutSeconds = timeoutSeconds },
        };
        var artifacts = Path.GetRelativePath(_bench[""], device.Folders.Artifacts);
        var image = BootImage.Create(new BootImageContents
        {
            HeaderVersion = 4,
            Kernel = new byte[8192],
            Ramdisk = new byte[100],
            CommandLine = "console=ttyAMA0",
        });
        _bench.Files.Write(artifacts + "/boot.img", image.ToArray());
        _bench.Files.Write(artifacts + "/" + BuildManifest.FileName, SampleManifest.Of());
        return new BootTestRun(device, _bench.Log);
    }

    [Fact]
    public async Task A_device_that_was_not_built_is_KB9009_with_the_command_that_builds_it()
    {
        var finding = await Findings.OfAsync(
            DiagnosticCodes.NothingBuilt, () => new BootTestRun(_bench.Device(""), _bench.Log).RunAsync(CancellationToken.None));
        finding.Message.ShouldBe("there is no finished build of 'demo'");
        finding.Fix.ShouldBe("./nuke.sh BuildKernel --device demo");
    }

    [FactWith("qemu-system-aarch64")]
    public async Task A_machine_that_QEMU_has_not_is_KB9006_with_its_words()
    {
        var finding = await Findings.OfAsync(
            DiagnosticCodes.EmulationFailed, () => Run(60, "-M", "no-such-machine").RunAsync(CancellationToken.None));
        finding.Message.ShouldBe("QEMU failed");
        finding.Details.ShouldContain(line => line.Contains("unsupported machine type", StringComparison.Ordinal));
    }

    [FactWith("qemu-system-aarch64")]
    public async Task A_guest_that_does_not_end_is_KB9005_with_the_place_of_its_console()
    {
        // stopped before its first instruction
        var finding = await Findings.OfAsync(
            DiagnosticCodes.EmulationTimedOut, () => Run(2, "-M", "virt", "-S").RunAsync(CancellationToken.None));
        finding.Message.ShouldBe("the guest did not power off within 2 s");
        var console = Path.Combine(_bench.Device("").Folders.Artifacts, "boot-test", "console.log");
        finding.Fix.ShouldContain(console);
        File.Exists(console).ShouldBeTrue();
    }
}
