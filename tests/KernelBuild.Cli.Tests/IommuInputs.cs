using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using KernelBuild.Cli.Iommu;
using KernelBuild.Diagnostics;
using KernelBuild.Flashing;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.Cli.Tests;

/// <summary>What the verbs say of inputs in which something is missing.</summary>
public sealed class IommuInputs : IDisposable
{
    private static readonly string _field = Repository.PathOf("tests", "data", "iommu", "field");
    private readonly string _directory = Directory.CreateTempSubdirectory("kernelbuild-cli-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string[] Machine(string form) =>
        ["--device-tree", Tree(File.ReadAllText(Repository.PathOf("tests", "data", "iommu", "virt-smmuv3.dts"))), "--config-space",
            Form(form)];

    private static string Form(string form) => Path.Combine(_field, "lspci-forms", form + ".txt");

    private string Tree(string source)
    {
        var file = Path.Combine(_directory, "board.dtb");
        File.WriteAllBytes(file, Dtc.Compile(source));
        return file;
    }

    [TheoryWith("dtc")]
    [InlineData("nn", DiagnosticCodes.PortTypeMissing)]
    [InlineData("access-denied", DiagnosticCodes.PortTypeMissing)]
    [InlineData("nnv", DiagnosticCodes.ExtendedSpaceMissing)]
    [InlineData("cut", DiagnosticCodes.CaptureCut)]
    public void Each_verb_says_what_is_missing_and_the_command_that_captures_it(string form, string code)
    {
        var page = Path.Combine(_directory, "groups.html");
        string[][] verbs =
        [
            ["iommu", "groups", .. Machine(form)],
            ["iommu", "explain", "01:00.0", .. Machine(form)],
            ["iommu", "fix", "01:00.0", .. Machine(form)],
            ["iommu", "report", .. Machine(form), "--output", page],
        ];
        foreach (var verb in verbs)
        {
            var run = CommandRun.Of(verb);
            run.Errors.ShouldContain($"warning {code}", customMessage: verb[1]);
            run.Errors.ShouldContain("lspci -D -nnk -xxxx");
            run.Output.ShouldContain("unknown");
        }

        var lint = CommandRun.Of("iommu", "lint", Machine(form)[1], "--config-space", Form(form));
        lint.Output.ShouldContain($"warning {code}");
        File.ReadAllText(page).ShouldContain("group unknown");

        using var groups = JsonDocument.Parse(CommandRun.Of(["iommu", "groups", .. Machine(form), "--json"]).Output);
        groups.RootElement.GetProperty("unknown").EnumerateArray().Select(one =>
            one.GetProperty("device").GetString()).ShouldContain("0000:01:00.0");
        groups.RootElement.GetProperty("groups").EnumerateArray()
            .ShouldAllBe(group => !group.GetProperty("devices").EnumerateArray().Any(device => device.GetString() == "0000:01:00.0"));
        groups.RootElement.GetProperty("findings").EnumerateArray().ShouldContain(finding =>
            finding.GetProperty("code").GetString() == code);
        using var explained = JsonDocument.Parse(CommandRun.Of(["iommu", "explain", "01:00.0", .. Machine(form), "--json"]).Output);
        explained.RootElement.GetProperty("devices")[0].GetProperty("isUnknown").GetBoolean().ShouldBeTrue();
        using var fixes = JsonDocument.Parse(CommandRun.Of(["iommu", "fix", "01:00.0", .. Machine(form), "--json"]).Output);
        fixes.RootElement.GetProperty("cures").EnumerateArray().Single().GetProperty("verdict").GetString().ShouldBe("unknown");
    }

    [FactWith("dtc")]
    public void The_groups_that_Linux_had_formed_are_shown_where_none_can_be_predicted()
    {
        CommandRun.Of(["iommu", "groups", .. Machine("script-arch")]).Output.ShouldContain("  0000:00:02.0 0000:02:00.0");
        using var groups = JsonDocument.Parse(CommandRun.Of(["iommu", "groups", .. Machine("script-arch"), "--json"]).Output);
        groups.RootElement.GetProperty("recorded").GetArrayLength().ShouldBe(3);
    }

    [FactWith("dtc")]
    public void An_option_that_needs_drivers_is_refused_where_the_input_has_none()
    {
        var run = CommandRun.Of(["iommu", "groups", .. Machine("nn"), "--bound-only"]);
        run.ExitCode.ShouldBe(2);
        run.Errors.ShouldContain($"error {DiagnosticCodes.DriversMissing}");
        CommandRun.Of(["iommu", "groups", .. Machine("full"), "--bound-only"]).ExitCode.ShouldBe(0);
        CommandRun.Of(["iommu", "groups", .. Machine("no-nn")]).Errors.ShouldContain($"warning {DiagnosticCodes.IdsMissing}");
    }

    [FactWith("dtc")]
    public void A_tree_alone_has_the_devices_of_the_platform()
    {
        var tree = Tree(File.ReadAllText(Path.Combine(_field, "qcom-iommu-group", "board.dts")));
        var page = Path.Combine(_directory, "groups.html");
        CommandRun.Of("iommu", "groups", "--device-tree", tree).Output.ShouldContain("3 groups");
        CommandRun.Of("iommu", "explain", "a00000.dma", "--device-tree", tree).ExitCode.ShouldBe(0);
        CommandRun.Of("iommu", "report", "--device-tree", tree, "--output", page).ExitCode.ShouldBe(0);
        File.ReadAllText(page).ShouldContain("a00000.dma");

        var capture = Path.Combine(_directory, "phone.capture");
        var run = CommandRun.Of("iommu", "capture", Path.Combine(_field, "capture-without-pci", "capture.txt"), "-o", capture);
        run.ExitCode.ShouldBe(0, run.Errors);
        CommandRun.Of("iommu", "groups", "--capture", capture).ExitCode.ShouldBe(0);
    }

    [FactWith("dtc")]
    public void Groups_of_a_vendors_kernel_are_known_by_its_version_or_said_by_an_option()
    {
        var tree = Tree(File.ReadAllText(Path.Combine(_field, "qcom-iommu-group", "board.dts")));
        string[] command = ["iommu", "groups", "--device-tree", tree];
        CommandRun.Of([.. command, "--kernel", "5.10.198-android12-9"]).Output.ShouldContain("2 groups");
        CommandRun.Of([.. command, "--kernel", "4.19.157-perf+"]).Output.ShouldContain("2 groups");
        CommandRun.Of([.. command, "--kernel", "5.10", "--qcom-iommu-group"]).Output.ShouldContain("2 groups");
        var mainline = CommandRun.Of([.. command, "--kernel", "6.12"]);
        mainline.Output.ShouldContain("3 groups");
        mainline.Errors.ShouldContain($"warning {DiagnosticCodes.IommuPropertyUnread}");
        mainline.Errors.ShouldContain("--qcom-iommu-group");
    }

    [FactWith("dtc")]
    public void A_machine_with_ACPI_is_told_at_once_and_its_tree_is_not_asked_for_again()
    {
        var run = CommandRun.Of(
            "iommu", "groups", "--device-tree", Tree(File.ReadAllText(Path.Combine(_field, "acpi-stub", "fdt.dts"))),
            "--config-space", Path.Combine(_field, "acpi-stub", "lspci.txt"));
        run.Errors.ShouldContain($"warning {DiagnosticCodes.AcpiMachine}");
        run.Errors.ShouldNotContain(DiagnosticCodes.HostBridgeMissing);
        run.Output.ShouldContain("2 groups");
    }

    [Fact]
    public void A_capture_that_broke_off_writes_nothing()
    {
        var target = Path.Combine(_directory, "x.capture");
        var run = CommandRun.Of("iommu", "capture", Path.Combine(_field, "capture-truncated", "cut.txt"), "-o", target);
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain($"error {DiagnosticCodes.CaptureCut}");
        File.Exists(target).ShouldBeFalse();
    }

    [Fact]
    public async Task A_shell_that_has_printed_all_and_does_not_end_is_given_up_soon()
    {
        using var printed = new PrintedCapture();
        var pipe = new Pipe();
        var collecting = printed.CollectAsync(pipe.Reader.AsStream(), TestContext.Current.CancellationToken);
        await pipe.Writer.WriteAsync(Encoding.ASCII.GetBytes("### KERNELBUILD IOMMU CAPTURE 1\r\nK 6.1.0\r\nT\r\n### END\r\n"),
            TestContext.Current.CancellationToken);

        await Task.Delay(Timeout.Infinite, printed.HasHung).ContinueWith(_ => { },
            TaskScheduler.Default).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Encoding.ASCII.GetString(printed.ToArray()).ShouldEndWith("### END\r\n");
        await pipe.Writer.CompleteAsync();
        await collecting;
    }
}
