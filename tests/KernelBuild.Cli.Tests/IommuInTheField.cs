using System.Text;
using System.Text.Json;
using KernelBuild.DeviceTrees.Comparison;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Testing;
using KernelBuild.Testing.DeviceTrees;
using KernelBuild.Testing.Iommu;

namespace KernelBuild.Cli.Tests;

/// <summary>Inputs and outputs of the verbs as people have and want them.</summary>
public sealed class IommuInTheField : IDisposable
{
    private static readonly string _field = Repository.PathOf("tests", "data", "iommu", "field");
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Tree(string source, string name = "board.dtb") => _folder.Write(name, Dtc.Compile(source, "-f"));

    /// <summary>SMMUv2, mask 0, ACS idle: mask and ACS together help.</summary>
    private string[] Combined() =>
    [
        "--device-tree", Tree(File.ReadAllText(Path.Combine(_field, "combined-cure", "board.dts"))), "--config-space",
        Path.Combine(_field, "combined-cure", "lspci.txt"), "--kernel", "6.12",
    ];

    private byte[] Written(string fix, string form, params string[] machine)
    {
        var file = _folder["written"];
        var run = CommandRun.Of(["iommu", "fix", "0000:01:00.0", .. machine, "--write", fix, "--as", form, "--output", file]);
        run.ExitCode.ShouldBe(0, run.Errors);

        // a combination takes effect as a whole, and a file has one part of it
        run.Errors.Contains(DiagnosticCodes.FixPartWritten, StringComparison.Ordinal).ShouldBe(fix.Contains('+', StringComparison.Ordinal), run.Errors);
        return File.ReadAllBytes(file);
    }

    [FactWith("dtc", "patch")]
    public void A_change_of_the_tree_is_written_as_source_overlay_and_patch_and_all_make_the_same_tree()
    {
        var machine = Combined();
        const string fix = "iommu-map-mask+rescan";
        var whole = DeviceTree.Read(Dtc.Compile(Encoding.UTF8.GetString(Written(fix, "dts", machine)), "-f"));
        whole.Root.Children.Single(node => node.Name == "pcie@10000000").Number("iommu-map-mask").ShouldBe(uint.MaxValue);

        var overlay = _folder.Write("isolate.dtbo", Written(fix, "dtbo", machine));
        var source = _folder.Write("isolate.dtso", Written(fix, "dtso", machine));
        foreach (var one in (string[])[overlay, source])
        {
            var applied = CommandRun.Of("dt", "apply", machine[1], one, "--output", _folder["applied.dtb"]);
            applied.ExitCode.ShouldBe(0, applied.Errors);
            DeviceTreeComparison.Compare(whole, DeviceTree.Read(File.ReadAllBytes(_folder["applied.dtb"]))).ShouldBeEmpty();
        }

        _folder.Write("board.dts", Encoding.UTF8.GetBytes(CommandRun.Of("dt", "show", machine[1]).Output));
        Oracle.Output("patch", ["-p1"], Written(fix, "patch", machine), _folder.Path);
        DeviceTreeComparison.Compare(whole, DeviceTree.Read(Dtc.Compile(File.ReadAllText(_folder["board.dts"]), "-f"))).ShouldBeEmpty();
    }

    [FactWith("dtc", "sh")]
    public void A_change_at_run_time_is_written_as_script_command_line_and_setpci()
    {
        var machine = Combined();
        var script = _folder.Write("script.sh", Written("iommu-map-mask+rescan", "script", machine));
        File.ReadAllText(script).ShouldStartWith("#!/bin/sh\n# ");
        File.ReadAllText(script).ShouldContain("\n# This is one part of it; needed as well: the change of the device tree (--as dtbo)\nset -e\n");
        Oracle.Output("sh", ["-n", script]);
        Encoding.UTF8.GetString(Written("iommu-map-mask+config_acs", "cmdline", machine)).ShouldBe("pci=config_acs=xx111x1@pci:1b36:000c\n");
        Encoding.UTF8.GetString(Written("iommu-map-mask+setpci", "setpci", machine)).ShouldBe("setpci -s 0000:00:01.0 ECAP_ACS+6.w=1d\n");

        var refused = CommandRun.Of(
            ["iommu", "fix", "0000:01:00.0", .. machine, "--write", "iommu-map-mask+rescan", "--as", "cmdline", "--output", _folder["x"]]);
        refused.ExitCode.ShouldBe(2);
        refused.Errors.ShouldContain("it has overlay, source, shell, dts, dtso, dtbo, patch, script");
        File.Exists(_folder["x"]).ShouldBeFalse();
    }

    [FactWith("dtc", "cpp")]
    public void An_overlay_as_source_goes_through_the_preprocessor_and_dtc_and_what_they_say_is_shown()
    {
        var board = Tree("/dts-v1/; / { soc { #address-cells = <1>; }; };");
        _folder.Write("value.h", "#define VALUE 7\n"u8.ToArray());
        var good = _folder.Write("good.dtso", "/dts-v1/;\n/plugin/;\n#include \"value.h\"\n&{/soc} { #x-cells = <VALUE>; };\n"u8.ToArray());
        var run = CommandRun.Of("dt", "apply", board, good, "--output", _folder["out.dtb"]);
        run.ExitCode.ShouldBe(0, run.Errors);
        DeviceTree.Read(File.ReadAllBytes(_folder["out.dtb"])).Root.Children.Single(node => node.Name == "soc").Number("#x-cells").ShouldBe(7u);

        var bad = _folder.Write("bad.dtso", "/dts-v1/;\n/plugin/;\n&{/soc} { x = <; };\n"u8.ToArray());
        var refused = CommandRun.Of("dt", "apply", board, bad, "--output", _folder["bad.dtb"]);
        refused.ExitCode.ShouldNotBe(0);
        refused.Errors.ShouldContain("syntax error");
        File.Exists(_folder["bad.dtb"]).ShouldBeFalse();
    }

    [FactWith("dtc")]
    public void Of_several_trees_in_a_file_one_is_named_by_its_number()
    {
        var one = Dtc.Compile("/dts-v1/; / { model = \"one\"; };");
        var two = Dtc.Compile("/dts-v1/; / { model = \"two\"; no-iommu; };");
        // a table of trees, as QCDT and appended trees are: bytes before, between and behind
        var several = _folder.Write("dt.img", [.. "QCDT\0\0\0\x03"u8, .. one, .. new byte[32], .. two, .. "end"u8]);
        var refused = CommandRun.Of("iommu", "lint", several);
        refused.ExitCode.ShouldBe(1);
        refused.Errors.ShouldContain($"error {DiagnosticCodes.DeviceTreesSeveral}");
        refused.Errors.ShouldContain("#1: two");
        CommandRun.Of("iommu", "lint", several + "#0").Output.ShouldContain("0 findings");
        CommandRun.Of("iommu", "lint", several + "#1").Output.ShouldContain(DiagnosticCodes.IommuPropertyUnread);
        CommandRun.Of("iommu", "lint", several + "#2").ExitCode.ShouldBe(2);
        CommandRun.Of("dt", "diff", several + "#0", several + "#1").Output.ShouldContain("no-iommu");
        CommandRun.Of("dt", "edit", several + "#1", "--set", "/:x=<1>", "-o", _folder["edited.dtb"]).ExitCode.ShouldBe(0);
        CommandRun.Of("dt", "show", several + "#0").Output.ShouldNotContain("two");
    }

    [Theory]
    [InlineData("v2-dtb.img")]
    [InlineData("vendor_boot.img")]
    public void A_boot_image_is_taken_where_a_tree_is(string image)
    {
        using var images = new FieldFolder();
        CommandRun.Of("iommu", "lint", images[image]).Output.ShouldContain("findings for Linux");
        CommandRun.Of("iommu", "groups", "--device-tree", images[image]).ExitCode.ShouldBe(0);
        CommandRun.Of("dt", "show", images[image]).Output.ShouldContain("/dts-v1/;");
    }

    [Fact]
    public void A_machine_with_ACPI_has_its_groups_by_its_IORT()
    {
        var table = _folder.Write("iort.bin", IortSample.Write());
        string[] machine = ["--iort", table, "--config-space", Path.Combine(_field, "acpi-stub", "lspci.txt"), "--kernel", "6.12"];
        var run = CommandRun.Of(["iommu", "explain", "01:00.0", .. machine]);
        run.Output.ShouldContain("stream IDs at /IORT/smmu-v3@9050000, SMMUv3 (arm-smmu-v3): 0x100");
        run.Errors.ShouldNotContain(DiagnosticCodes.AcpiMachine);
        CommandRun.Of(["iommu", "groups", .. machine]).Output.ShouldContain("\\_SB_.COM0");
        CommandRun.Of(["iommu", "fix", "01:00.0", .. machine]).Output.ShouldNotContain("iommu-map");

        var broken = CommandRun.Of("iommu", "groups", "--iort", _folder.Write("x", "IORT"u8.ToArray()));
        broken.ExitCode.ShouldBe(1);
        broken.Errors.ShouldContain($"error {DiagnosticCodes.IortInvalid}");
        CommandRun.Of("iommu", "groups", "--iort", table, "--device-tree", table).ExitCode.ShouldBe(2);
    }

    [Fact]
    public void An_x86_machine_is_told_and_read_with_what_the_PCI_rules_alone_give()
    {
        var text = _folder.Write("lspci.txt", Encoding.UTF8.GetBytes(
            "00:00.0 Host bridge [0600]: Intel [8086:29c0]\n\tFlags: x\n\n00:1f.0 ISA bridge [0601]: Intel [8086:2918]\n\tFlags: x\n\n"
            + "00:1f.2 SATA controller [0106]: Intel [8086:2922]\n\tFlags: x\n"));
        var run = CommandRun.Of("iommu", "groups", "--config-space", text, "--kernel", "6.12");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Errors.ShouldContain($"warning {DiagnosticCodes.AcpiMachine}: the machine is an x86 one");
        run.Output.ShouldContain("2 groups");
    }

    [FactWith("dtc")]
    public void Buses_that_are_not_modelled_and_maps_that_the_bootloader_fills_in_are_told_by_every_verb()
    {
        var tree = Tree("""
            /dts-v1/;
            / { #address-cells = <1>; #size-cells = <1>;
              smmu: iommu@5000000 { compatible = "arm,mmu-500"; reg = <0x5000000 1>; #iommu-cells = <1>; dma-coherent; };
              pcie@3400000 { compatible = "fsl,ls1088a-pcie"; device_type = "pci"; reg = <0x3400000 1>; iommu-map = <0 &smmu 0 1>; };
              fsl-mc@8c000000 { compatible = "fsl,qoriq-mc"; reg = <0x8c000000 1>; iommu-map = <0 &smmu 0 0>; };
            };
            """);
        var run = CommandRun.Of("iommu", "groups", "--device-tree", tree);
        run.Errors.ShouldContain($"note {DiagnosticCodes.BusNotModelled}");
        run.Errors.ShouldContain("fsl_mc_device_group");
        run.Errors.ShouldContain($"warning {DiagnosticCodes.IommuMapPlaceholder}");
        CommandRun.Of("iommu", "lint", tree).Output.ShouldContain($"note {DiagnosticCodes.IommuMapPlaceholder}");
    }

    [FactWith("dtc")]
    public void Names_come_from_the_file_that_is_named_and_stand_in_text_JSON_and_page()
    {
        var ids = _folder.Write("pci.ids", "8086  Intel Corporation\n\t10d3  82574L Gigabit Network Connection\n"u8.ToArray());
        string[] machine = [.. Combined(), "--pci-ids", ids];
        const string name = "Intel Corporation 82574L Gigabit Network Connection";
        CommandRun.Of(["iommu", "groups", .. machine]).Output.ShouldContain($"Ethernet controller: {name}");
        CommandRun.Of(["iommu", "explain", "01:00.0", .. machine]).Output.ShouldContain($"device    Ethernet controller: {name}");
        using var json = JsonDocument.Parse(CommandRun.Of(["iommu", "groups", .. machine, "--json"]).Output);
        json.RootElement.GetProperty("names").EnumerateArray().Last().GetProperty("name").GetString().ShouldBe(name);
        CommandRun.Of(["iommu", "report", .. machine, "--output", _folder["p.html"]]).ExitCode.ShouldBe(0);
        File.ReadAllText(_folder["p.html"]).ShouldContain(name);
        CommandRun.Of(["iommu", "groups", .. Combined(), "--pci-ids", _folder["none"]]).Errors.ShouldContain(DiagnosticCodes.FileUnreadable);
    }

    /// <summary>An option that would have no effect is refused, and a program that asked for JSON reads a document.</summary>
    [FactWith("dtc")]
    public void Options_without_an_effect_are_refused_and_a_failure_is_a_document()
    {
        var machine = Combined();
        machine = [.. machine.TakeWhile(part => part != "--kernel"), .. machine.SkipWhile(part => part != "--kernel").Skip(2)];
        var noIds = _folder.Write("no.ids", "not a list\n"u8.ToArray());
        foreach (var (option, value, code, says) in new[]
        {
            ("--kernel", "six", DiagnosticCodes.KernelVersionInvalid, "'six' is not a Linux version"),
            ("--host", "7=/pcie@10000000", DiagnosticCodes.UsageInvalid, "no function of the input is in PCI domain 0007"),
            ("--host", "nonsense", DiagnosticCodes.UsageInvalid, "'nonsense' is not a host bridge"),
            ("--pci-ids", noIds, DiagnosticCodes.UsageInvalid, "is no pci.ids"),
            ("--pci-ids", _folder["none"], DiagnosticCodes.FileUnreadable, "does not exist"),
        })
        {
            foreach (var verb in (string[][])[["groups"], ["explain", "01:00.0"], ["fix", "01:00.0"], ["guest", "01:00.0"]])
            {
                var run = CommandRun.Of(["iommu", .. verb, .. machine, option, value, "--json"]);
                run.ExitCode.ShouldBe(2, run.Errors);
                run.Errors.ShouldContain("error " + code);
                using var json = JsonDocument.Parse(run.Output);
                var finding = json.RootElement.GetProperty("findings").EnumerateArray().Single();
                finding.GetProperty("code").GetString().ShouldBe(code);
                finding.GetProperty("message").GetString()!.ShouldContain(says);
                CommandRun.Of(["iommu", .. verb, .. machine, option, value]).Output.ShouldBeEmpty();
            }
        }

        // what the parser refuses is one, too
        var unknown = CommandRun.Of(["iommu", "groups", .. machine, "--json", "--nonsense"]);
        unknown.ExitCode.ShouldBe(2);
        JsonElement.Parse(unknown.Output).GetProperty("findings")[0].GetProperty("code").GetString().ShouldBe(DiagnosticCodes.UsageInvalid);

        // what is in a file is wrong: 1, and the document names it
        var empty = _folder.Write("empty.txt", "nothing\n"u8.ToArray());
        var failed = CommandRun.Of("iommu", "groups", "--capture", empty, "--json");
        failed.ExitCode.ShouldBe(1);
        JsonElement.Parse(failed.Output).GetProperty("findings")[0].GetProperty("file").GetString().ShouldBe(empty);
    }

    [FactWith("dtc")]
    public void The_page_shows_asserted_changes_only_when_they_are_accepted_and_a_diagram_where_Graphviz_is()
    {
        var machine = Combined();
        string Page(params string[] options)
        {
            var run = CommandRun.Of(["iommu", "report", .. machine, "--device", "01:00.0", "--output", _folder["p.html"], .. options]);
            run.ExitCode.ShouldBe(0, run.Errors);
            return File.ReadAllText(_folder["p.html"]);
        }

        Page().ShouldNotContain("pcie_acs_override=downstream,multifunction</pre>");
        Page("--accept-asserted").ShouldNotContain("The isolation is only asserted");
        var page = Page();
        (page.Contains("<svg", StringComparison.Ordinal), page.Contains("apt-get install graphviz", StringComparison.Ordinal))
            .ShouldBe((Oracle.IsInstalled("dot"), !Oracle.IsInstalled("dot")));
        foreach (var from in (string[])["http:", "https:", "src=", "href=", "url(", "@import"])
        {
            page.ShouldNotContain(from);
        }
    }
}
