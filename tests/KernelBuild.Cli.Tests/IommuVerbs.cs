using System.Text.Json;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Topology;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.Cli.Tests;

public sealed class IommuVerbs : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kernelbuild-cli-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_JSON_of_groups_has_its_documented_shape()
    {
        var run = CommandRun.Of(["iommu", "groups", .. Machine(), "--kernel", "6.12", "--json"]);

        run.ExitCode.ShouldBe(0, run.Errors);
        using var document = JsonDocument.Parse(run.Output);
        var groups = document.RootElement.GetProperty("groups");
        groups.GetArrayLength().ShouldBe(1);
        groups[0].GetProperty("id").GetInt32().ShouldBe(0);
        groups[0].GetProperty("devices").EnumerateArray().Select(device => device.GetString()).ShouldBe(["0000:00:01.0", "0000:01:00.0"]);
        var ungrouped = document.RootElement.GetProperty("ungrouped")[0];
        ungrouped.GetProperty("device").GetString().ShouldBe("0000:01:00.1");
        ungrouped.GetProperty("rule").GetString().ShouldBe("S2");
        ungrouped.GetProperty("ruleName").GetString().ShouldBe("ID mapping");
        ungrouped.GetProperty("reason").GetString()!.ShouldContain("/pcie@10000000:iommu-map");
    }

    [Fact]
    public void The_source_scan_has_its_documented_shape_and_refuses_what_is_no_source()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "src", "drivers", "iommu"));
        File.WriteAllText(
            Path.Combine(_directory, "src", "drivers", "iommu", "a.c"),
            "static struct iommu_ops a_ops = {\n\t.device_group = generic_device_group,\n};\n");

        var run = CommandRun.Of(["source", "iommu", Path.Combine(_directory, "src"), "--json"]);

        run.ExitCode.ShouldBe(0, run.Errors);
        using var document = JsonDocument.Parse(run.Output);
        var driver = document.RootElement.GetProperty("drivers")[0];
        driver.GetProperty("operations").GetString().ShouldBe("a_ops");
        driver.GetProperty("file").GetString().ShouldBe("drivers/iommu/a.c");
        driver.GetProperty("line").GetInt32().ShouldBe(1);
        driver.GetProperty("groupsBy").GetString().ShouldBe("a group for each device");
        CommandRun
            .Of(["source", "iommu", Path.Combine(_directory, "src")]).Output
            .ShouldContain("a_ops                      drivers/iommu/a.c:1");
        Directory.CreateDirectory(Path.Combine(_directory, "empty"));
        CommandRun.Of(["source", "iommu", Path.Combine(_directory, "empty")]).Errors.ShouldContain("error KB7010");
        CommandRun.Of(["source", "iommu", Path.Combine(_directory, "none")]).ExitCode.ShouldBe(2);
    }

    [Fact]
    public void Groups_are_drawn_as_a_tree()
    {
        var output = CommandRun.Of(["iommu", "groups", .. Machine()]).Output;

        output.ShouldContain("0000:00:01.0 root port 1b36:000c");
        output.ShouldContain("|- 0000:01:00.0 endpoint 8086:1521");
        output.ShouldContain("1 group, 1 device without a group");
    }

    [Fact]
    public void A_kernel_s_own_quirks_are_what_the_prediction_counts_with()
    {
        var kernel = Path.Combine(_directory, "Image");
        File.WriteAllBytes(kernel, SyntheticKernel.Make(SyntheticLayout.BaseBehind, isRelocatable: true).Image);
        var patched = Path.Combine(_directory, "patched");
        CommandRun.Of("kernel", "patch", kernel, "--acs-quirk", "1b36:000c", "-o", patched).ExitCode.ShouldBe(0);

        CommandRun.Of(["iommu", "groups", .. Machine(), "--kernel-image", kernel]).Output.ShouldContain("1 group,");
        CommandRun.Of(["iommu", "groups", .. Machine(), "--kernel-image", patched]).Output.ShouldContain("2 groups");
        CommandRun.Of(["iommu", "groups", .. Machine(), "--kernel-image", Machine()[1]]).Errors.ShouldContain("error KB8001");
    }

    [Fact]
    public void Who_began_a_shared_group_and_who_joined_it_is_said_of_every_member_alike()
    {
        var first = Members("00:01.0");
        first.Length.ShouldBe(2);
        first[0].ShouldStartWith("0000:00:01.0 began the group");
        first[1].ShouldStartWith("0000:01:00.0 joined 0000:00:01.0 (path isolation): ");
        Members("0000:01:00.0").ShouldBe(first);

        string[] Members(string device)
        {
            var text = CommandRun.Of(["iommu", "explain", device, .. Machine()]).Output.Split('\n')
                .Where(line => line.StartsWith("  because   ", StringComparison.Ordinal)).Select(line => line["  because   ".Length..].TrimEnd()).ToArray();
            using var json = System.Text.Json.JsonDocument.Parse(CommandRun.Of(["iommu", "explain", device, .. Machine(), "--json"]).Output);
            json.RootElement.GetProperty("devices")[0].GetProperty("members").EnumerateArray().Select(member => member.GetProperty("reason").GetString())
                .ShouldBe(text);
            return text;
        }
    }

    [Fact]
    public void A_device_and_a_pair_are_explained()
    {
        var run = CommandRun.Of(["iommu", "explain", "00:01.0", "0000:01:00.0", .. Machine()]);

        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("They share a group:");
        run.Output.ShouldContain("0000:01:00.0 joined 0000:00:01.0 (path isolation)");
        run.Output.ShouldContain("drivers/iommu/iommu.c: pci_device_group");
        run.Output.ShouldContain("VFIO      accepts the group");
        CommandRun.Of(["iommu", "explain", "00:02.0", .. Machine()]).Errors.ShouldContain("error KB7006");
    }

    [Fact]
    public void Cures_are_listed_and_written_and_what_is_only_asserted_must_be_asked_for()
    {
        var listed = CommandRun.Of(["iommu", "fix", "01:00.0", .. Machine()]);
        listed.Output.ShouldContain("rescan: ");
        listed.Output.ShouldContain("enforced by hardware");
        listed.Output.ShouldContain("pci=config_acs=xx111x1@pci:1b36:000c");
        listed.Output.ShouldNotContain("    pcie_acs_override=");
        listed.Errors.ShouldContain("note KB7007");

        var file = Path.Combine(_directory, "isolate.dtso");
        // the form and the file of a fix that nobody named would have no effect
        foreach (var option in (string[][])[["--as", "dtso"], ["--output", file]])
        {
            var idle = CommandRun.Of(["iommu", "fix", "01:00.0", .. Machine(), .. option]);
            idle.ExitCode.ShouldBe(2);
            idle.Errors.ShouldContain("--write NAME");
        }

        var refused = CommandRun.Of(["iommu", "fix", "01:00.0", .. Machine(), "--write", "bridges-unmapped", "--output", file]);
        refused.ExitCode.ShouldBe(1);
        refused.Errors.ShouldContain("error KB7007");
        File.Exists(file).ShouldBeFalse();
        CommandRun
            .Of(["iommu", "fix", "01:00.0", .. Machine(), "--write", "bridges-unmapped", "--output", file, "--accept-asserted"]).ExitCode
            .ShouldBe(0);
        File.ReadAllText(file).ShouldContain("target-path = \"/pcie@10000000\"");

        using var document = JsonDocument.Parse(CommandRun.Of(["iommu", "fix", .. Machine(), "--json"]).Output);
        document.RootElement.GetProperty("cures")[0].GetProperty("verdict").GetString().ShouldBe("enforced by hardware");

        // the name it had before still works, and the help does not show it
        CommandRun.Of(["iommu", "cure", "01:00.0", .. Machine()]).Output.ShouldBe(listed.Output);
        CommandRun.Of("iommu", "--help").Output.ShouldNotContain("cure");
    }

    [Fact]
    public void Lint_finds_and_its_exit_code_says_whether_anything_is_an_error()
    {
        var tree = Machine()[1];

        var run = CommandRun.Of("iommu", "lint", tree, "--config-space", Machine()[3]);

        run.ExitCode.ShouldBe(0);
        run.Output.ShouldContain("warning KB7106: 0000:01:00.1");
        CommandRun.Of("iommu", "lint", tree, "--kernel", "six").Errors.ShouldContain("error KB7008");
        using var document = JsonDocument.Parse(CommandRun.Of("iommu", "lint", tree, "--json").Output);
        document.RootElement.GetProperty("findings").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public void The_report_is_one_page_that_can_be_read_without_scripts_and_loads_nothing()
    {
        var page = Path.Combine(_directory, "groups.html");

        CommandRun
            .Of(["iommu", "report", "--output", page, "--device", "01:00.0", "--title", "a <board>", .. Machine()]).ExitCode
            .ShouldBe(0);

        var html = File.ReadAllText(page);
        html.ShouldContain("a &lt;board&gt;");
        html.ShouldContain("group 0");
        html.ShouldContain("<b>path isolation</b>: ");
        html.ShouldContain("<h4>before</h4>");
        html.ShouldNotContain("http");
        html.ShouldNotContain("src=");
    }

    [Fact]
    public void A_capture_is_made_of_files_and_used_alone()
    {
        var capture = Path.Combine(_directory, "board.capture");
        var machine = Machine();

        CommandRun.Of("iommu", "capture", machine[3], "--device-tree", machine[1], "--output", capture).ExitCode.ShouldBe(0);

        CommandRun.Of("iommu", "groups", "--capture", capture).Output.ShouldBe(CommandRun.Of(["iommu", "groups", .. machine]).Output);
        CommandRun.Of("iommu", "capture", "--output", capture).ExitCode.ShouldBe(2);
        CommandRun.Of("iommu", "groups", "--capture", machine[1]).Errors.ShouldContain("error KB7001");
    }

    [Fact]
    public void The_commands_for_a_guest_are_a_script_a_domain_or_a_document_and_a_refusal_is_exit_code_1()
    {
        var machine = Machine();
        string[] command = ["iommu", "guest", "01:00.0", .. machine];
        // the map does not cover the second function: no group
        var refused = CommandRun.Of(["iommu", "guest", "01:00.1", .. machine]);
        refused.ExitCode.ShouldBe(1, refused.Output + refused.Errors);
        refused.Errors.ShouldContain($"error {DiagnosticCodes.DeviceNotGiven}");
        refused.Output.ShouldBeEmpty();
        CommandRun.Of(["iommu", "guest", "01:00.1", .. machine, "--json"]).ExitCode.ShouldBe(1);

        string[] all = [.. command, "--with-group", "--guest-kernel", "/boot/Image", "--memory", "512", "--cpus", "1"];
        var script = CommandRun.Of(all);
        script.ExitCode.ShouldBe(0, script.Errors);
        script.Output.ShouldContain("echo vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override");
        script.Output.ShouldContain("-m 512");
        CommandRun.Of([.. all, "--libvirt"]).Output.ShouldStartWith("<domain type=\"kvm\">");
        CommandRun.Of([.. all, "--json"]).Output.ShouldContain("\"bind\": [");

        CommandRun.Of([.. all, "--json", "--libvirt"]).ExitCode.ShouldBe(2);
        CommandRun.Of([.. command, "--memory", "0"]).ExitCode.ShouldBe(2);
        CommandRun.Of([.. command, "--guest-initrd", "guest.cpio"]).ExitCode.ShouldBe(2);
        CommandRun.Of(["iommu", "guest", "0000:7f:00.0", .. machine]).Errors.ShouldContain("error KB7006");
        CommandRun.Of("iommu", "guest", "0000:01:00.0").ExitCode.ShouldBe(2);
    }

    [Fact]
    public void A_domain_without_host_bridge_is_a_warning_with_the_bridges_there_are()
    {
        var machine = Machine("0001:");

        CommandRun.Of(["iommu", "groups", .. machine]).Errors.ShouldContain("warning KB7005");
        CommandRun.Of(["iommu", "groups", .. machine, "--host", "1=/pcie@10000000"]).Output.ShouldContain("1 group,");
        CommandRun.Of(["iommu", "groups", .. machine, "--host", "1=/pcie@2"]).Errors.ShouldContain("error KB6005");
    }

    /// <summary>
    /// The options that name a small machine: a port without ACS switched on, and a device of two functions of which the map covers one.
    /// </summary>
    private string[] Machine(string domain = "0000:")
    {
        var tree = new DeviceTree
        {
            Root = new DeviceTreeNode("")
            {
                Children =
                [
                    new DeviceTreeNode("iommu@1")
                    {
                        Properties =
                        [
                            DeviceTreeProperty.FromStrings("compatible", "arm,smmu-v3"), DeviceTreeProperty.FromCells("#iommu-cells", 1),
                            DeviceTreeProperty.FromCells("phandle", 1), DeviceTreeProperty.Empty("dma-coherent"),
                        ],
                    },
                    new DeviceTreeNode("pcie@10000000")
                    {
                        Properties =
                        [
                            DeviceTreeProperty.FromStrings("device_type", "pci"), DeviceTreeProperty.FromCells("iommu-map", 0, 1, 0, 0x101),
                            DeviceTreeProperty.FromCells("msi-map", 0, 1, 0, 0x10000), .. Domain(),
                        ],
                    },
                ],
            },
        };
        string[] lines =
        [
            .. Function("00:01.0", new PciFunction(default, 0x1b36, 0xc)
            {
                ClassCode = 0x060400, HeaderType = 1, PortType = PciPortType.RootPort, SecondaryBus = 1,
                Acs = new AcsCapability(0x148, AcsServices.Isolation, AcsServices.None),
            }),
            .. Function(
                "01:00.0",
                new PciFunction(default, 0x8086, 0x1521)
                {
                    ClassCode = 0x020000,
                    IsMultifunction = true,
                    PortType = PciPortType.Endpoint,
                    HasExtendedSpace = true,
                }),
            .. Function(
                "01:00.1",
                new PciFunction(default, 0x8086, 0x1521)
                {
                    ClassCode = 0x020000,
                    IsMultifunction = true,
                    PortType = PciPortType.Endpoint,
                    HasExtendedSpace = true,
                }),
        ];
        var treeFile = Path.Combine(_directory, "board.dtb");
        var textFile = Path.Combine(_directory, "lspci.txt");
        File.WriteAllBytes(treeFile, tree.ToArray());
        File.WriteAllLines(textFile, lines);
        return ["--device-tree", treeFile, "--config-space", textFile];

        DeviceTreeProperty[] Domain() => domain == "0000:" ? [] : [DeviceTreeProperty.FromCells("linux,pci-domain", 9)];

        IEnumerable<string> Function(string address, PciFunction function)
        {
            var bytes = ConfigSpaceWriter.Write(function);
            return
            [
                $"{domain}{address} Device",
                .. Enumerable
                    .Range(0, bytes.Length / 16)
                    .Select(row =>
                        $"{row * 16:x2}: "
                        + $"{string.Join(' ', bytes.Skip(row * 16).Take(16).Select(value => value.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)))}"),
                "",
            ];
        }
    }
}
