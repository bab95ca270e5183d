using System.Diagnostics;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Tests;

/// <summary>The inputs of tests/data/commands, each of which once made a command answer wrongly.</summary>
public sealed class RecordedInputs : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Data(string name) => Repository.PathOf("tests", "data", "commands", name);

    [Theory]
    [InlineData("capture-domain-overflow.json")]
    [InlineData("capture-domain-twice.json")]
    public void A_PCI_domain_of_eleven_digits_and_one_named_twice_are_KB7003(string name)
    {
        var run = CommandRun.Of("iommu", "groups", "--capture", Data(name));
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("error " + DiagnosticCodes.CaptureInvalid);
        run.Errors.ShouldContain(Data(name));
    }

    [Fact]
    public void Of_256_bytes_the_cure_says_that_ACS_was_not_captured_and_of_4096_it_knows()
    {
        var (cut, whole) = (Cure("config-space-256-bytes.txt"), Cure("config-space-4096-bytes.txt"));
        cut.Errors.ShouldContain("warning " + DiagnosticCodes.ExtendedSpaceMissing);
        whole.Errors.ShouldNotContain(DiagnosticCodes.ExtendedSpaceMissing);
        whole.Output.ShouldContain("acs-on-device-tree");
        whole.Output.ShouldContain("setpci");

        static CommandRun Cure(string space) => CommandRun.Of(
            "iommu", "fix", "0000:01:00.0", "--device-tree", Data("two-functions.dtb"), "--config-space", Data(space), "--kernel", "6.1");
    }

    [Fact]
    public void A_node_name_that_no_source_can_hold_is_KB6012_and_does_not_reach_the_terminal()
    {
        var run = CommandRun.Of("dt", "show", Data("escape-in-node-name.dtb"));
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("error " + DiagnosticCodes.DtsUnprintable);
        run.Errors.ShouldContain("rename it, or keep to the binary form");
        run.Errors.ShouldNotContain('\x1b');
        var lint = CommandRun.Of("iommu", "lint", Data("escape-in-node-name.dtb"));
        (lint.Output + lint.Errors).ShouldNotContain('\x1b');
    }

    /// <summary>In a process of its own, whose PATH has an ssh that cannot connect.</summary>
    [FactWith("sh")]
    public void A_machine_that_cannot_be_reached_is_KB7004_with_what_ssh_said()
    {
        _folder.Script("bin/ssh", "cat > /dev/null\necho 'ssh: connect to host phone port 22: No route to host' >&2\nexit 255");
        var start = new ProcessStartInfo(
            "dotnet", [typeof(KernelBuildCommand).Assembly.Location, "iommu", "capture", "--ssh", "phone", "--output", _folder["capture"]])
        {
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = _folder["bin"] + ":" + Environment.GetEnvironmentVariable("PATH");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(1);
        errors.ShouldContain("error " + DiagnosticCodes.CaptureFailed + ": ssh ended with exit code 255 and without a capture");
        errors.ShouldContain("| ssh: connect to host phone port 22: No route to host");
        File.Exists(_folder["capture"]).ShouldBeFalse();
    }
}
