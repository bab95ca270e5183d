using KernelBuild.Diagnostics;
using KernelBuild.Flashing;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Manifest;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Flashing;

/// <summary>A board without adb: the real ssh to the real sshd.</summary>
[Collection(ChangesPath.Name)]
public sealed class MachinesOverSsh
{
    private static readonly DeviceTiming _timing = new() { Answer = TimeSpan.FromSeconds(20) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [FactWith("ssh", "sshd")]
    public async Task A_board_is_captured_and_checked_and_a_driver_is_taken_and_given_back()
    {
        using var files = new TestFolder();
        CapturedRoot.Write(files, "root");
        files.Folder("bin");
        PlayedDrivers.Add(files, "root", "bin");
        using var board = new SshServer(files, files["root"], files["bin"]);
        using var path = ChangesPath.To(board.Programs);

        new LiveCapture(CaptureShell.Ssh(SshServer.Host)).TryRead(files["partial"], out var capture, out var error)
            .ShouldBeTrue(error?.ToString());
        var here = Oracle.Output("env", [$"R={files["root"]}", "sh", "-c", CaptureScript.Text.ReplaceLineEndings("\n")]);
        CaptureReader.TryRead(here, out var expected, out _).ShouldBeTrue();
        CaptureFile.Write(capture).ShouldBe(CaptureFile.Write(expected));

        var shell = new SshHost(SshServer.Host, _timing);
        var kernel = new KernelIdentity("Linux version 6.1.0-test (builder@host) (clang) #1 SMP", "0102030405060708");
        var log = new TestLog();
        var check = new DeviceCheckRun(shell, BackupFolder.Of(files["demo.kernelproj"]), log) { Functions = [PlayedDrivers.Card] };
        (await check.RunAsync(kernel, capture, Cancellation)).ShouldAllBe(finding => finding.Severity == DiagnosticSeverity.Warning);
        log.Lines.ShouldContain(line => line.Contains("vfio-pci takes it, and it is back with its driver", StringComparison.Ordinal));
        log.Lines.ShouldContain($"the device runs what was built: {kernel.Banner}");
        await Findings.OfAsync(
            DiagnosticCodes.DeviceDiffers, () => check.RunAsync(kernel with { BuildId = "ffffffffffffffff" }, capture, Cancellation));
    }

    [FactWith("ssh", "sshd")]
    public async Task A_board_that_is_not_known_or_not_there_is_an_error_with_what_ssh_said()
    {
        using var files = new TestFolder();
        CapturedRoot.Write(files, "root");
        using var board = new SshServer(files, files["root"], files.Folder("bin"));
        files.Write("ssh/known_hosts", "");
        using var path = ChangesPath.To(board.Programs);

        // no question is asked: a host key that is not known is refused
        var unknown = await Findings.OfAsync(
            DiagnosticCodes.DeviceLost, () => DeviceIdentity.ReadAsync(new SshHost(SshServer.Host, _timing), Cancellation));
        unknown.Details.ShouldContain(line => line.Contains("Host key verification failed", StringComparison.Ordinal));
        unknown.Fix.ShouldContain("must answer without a question");
        new LiveCapture(CaptureShell.Ssh(SshServer.Host)).TryRead(files["partial"], out _, out var error).ShouldBeFalse();
        error.Code.ShouldBe(DiagnosticCodes.CaptureFailed);

        board.Dispose();
        await Findings.OfAsync(
            DiagnosticCodes.DeviceLost, () => DeviceIdentity.ReadAsync(new SshHost(SshServer.Host, _timing), Cancellation));
    }

    [FactWith("ssh", "sshd")]
    public async Task A_board_that_hangs_is_an_error_after_a_bounded_wait()
    {
        using var files = new TestFolder();
        files.Script("bin/getprop", "sleep 60");
        using var board = new SshServer(files, files.Folder("root"), files["bin"]);
        using var path = ChangesPath.To(board.Programs);

        var finding = await Findings.OfAsync(DiagnosticCodes.DeviceLost, () => DeviceIdentity.ReadAsync(
            new SshHost(SshServer.Host, new DeviceTiming { Answer = TimeSpan.FromSeconds(3) }), Cancellation));

        finding.Message.ShouldContain("no answer within 3 s");
    }
}
