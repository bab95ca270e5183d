using System.Text;
using CsCheck;
using KernelBuild.Iommu.Scanning;

namespace KernelBuild.Iommu.Tests;

public sealed class SourceScans
{
    private const string Sysmmu = """
        // SPDX-License-Identifier: GPL-2.0
        static struct iommu_group *samsung_sysmmu_device_group(struct device *dev)
        {
        	/* "other,iommu-group" is not read */
        	struct device_node *np = of_parse_phandle(dev->of_node, "samsung,iommu-group", 0);

        	return np ? find_group(np) : iommu_group_alloc();
        }

        static const struct iommu_ops samsung_sysmmu_ops = {
        	.map = x,
        	.device_group = samsung_sysmmu_device_group,
        };

        static const struct of_device_id sysmmu_of_match[] = {
        	{ .compatible = "samsung,sysmmu-v8" },
        	{ .compatible = "samsung,sysmmu-v9" },
        	{ }
        };
        """;

    private const string Soc = """
        / {
        	#define SOMETHING \
        		{ not a node
        	soc: soc@0 {
        		smmu: iommu@15000000 { /* the big one */
        			compatible = "qcom,qsmmu-v500";
        			#iommu-cells = <2>;
        		};
        		sysmmu_g2d: sysmmu@1 { compatible = "samsung,sysmmu-v9"; };
        		group: iommu-group { };
        		pcie0: pcie@1c00000 {
        			device_type = "pci";
        			iommu-map = <0x0 &smmu 0x1c00 0x1>,
        				    <0x100 &smmu 0x1c01 0x1>;
        			status = "disabled";
        		};
        		pcie1: pcie@1c08000 { iommu-map = <0x0 &smmu 0x1c80 0x1>; status = "disabled"; };
        	};
        	g2d { samsung,iommu-group = <&group>; };
        };
        """;

    private const string SmmuDriver = """
        static struct iommu_group *arm_smmu_device_group(struct device *dev)
        {
        	group = of_get_device_group(dev);
        	if (group)
        		return group;
        	for_each_cfg_sme(cfg, fwspec, i, idx)
        		group = smmu->s2crs[idx].group;
        	return dev_is_pci(dev) ? pci_device_group(dev) : generic_device_group(dev);
        }
        static struct iommu_ops arm_smmu_ops = { .device_group = arm_smmu_device_group, };
        static const struct of_device_id arm_smmu_of_match[] = { { .compatible = "qcom,qsmmu-v500", .data = &x }, { } };
        """;

    private static SourceScan Vendor { get; } = Scan(
        ("drivers/iommu/samsung/samsung-iommu-v9.c", Sysmmu),
        ("drivers/iommu/arm/arm-smmu/arm-smmu.c", SmmuDriver),
        ("drivers/soc/qcom/other.c", "int f(void)\n{\n\treturn of_property_read_string(np, \"qcom,iommu-dma\", &s);\n}\n"),
        ("drivers/net/wireless/card.c", "int g(void)\n{\n\treturn !!of_parse_phandle(np, \"qcom,iommu-group\", 0);\n}\n"),
        ("arch/arm64/boot/dts/vendor/qcom/soc.dtsi", Soc),
        ("arch/arm64/boot/dts/vendor/qcom/phone.dts",
            "/dts-v1/;\n#include \"soc.dtsi\"\n#include <dt-bindings/x.h>\n&pcie0 { status = \"okay\"; };\n&pcie1 { /delete-property/ "
            + "iommu-map; };\n"),
        ("arch/arm64/boot/dts/vendor/qcom/tablet.dts", "/dts-v1/;\n#include \"../qcom/soc.dtsi\"\n"));

    [Fact]
    public void A_vendors_driver_groups_by_a_node_and_the_scan_says_which_property_names_it()
    {
        var driver = Vendor.Drivers.Single(driver => driver.Operations == "samsung_sysmmu_ops");

        driver.Kind.ShouldBe(GroupingKind.GroupNode);
        driver.Place.ToString().ShouldBe("drivers/iommu/samsung/samsung-iommu-v9.c:10");
        driver.DeviceGroupPlace.Line.ShouldBe(2);
        driver.Calls.ShouldContain("\"samsung,iommu-group\"");
        driver.Compatibles
            .Select(compatible => $"{compatible.Compatible} {compatible.Place.Line}")
            .ShouldBe(["samsung,sysmmu-v8 16", "samsung,sysmmu-v9 17"]);
        Vendor.Drivers.Single(other => other.Operations == "arm_smmu_ops").Kind.ShouldBe(GroupingKind.GroupNode);
        var read = Vendor.Reads.Single(read => read.Property == "samsung,iommu-group");
        (read.Place.Line, read.Reader, read.Function, read.DecidesGroups).ShouldBe(
            (5, "of_parse_phandle", "samsung_sysmmu_device_group", true));
        Vendor.Reads.Single(other => other.Property == "qcom,iommu-dma").DecidesGroups.ShouldBeFalse();
        Vendor.Reads.ShouldNotContain(other => other.Property == "other,iommu-group");
        var card = Vendor.Reads.Single(other => other.Property == "qcom,iommu-group");
        (card.Place.File, card.DecidesGroups).ShouldBe(("drivers/net/wireless/card.c", false));
    }

    [Fact]
    public void Nodes_are_found_with_their_driver_and_with_the_boards_that_have_them()
    {
        var smmu = Vendor.Nodes.Single(node => node.Label == "smmu");

        (smmu.Driver, smmu.Compatible, smmu.Place.Line, smmu.Boards).ShouldBe(("arm_smmu_ops", "qcom,qsmmu-v500", 5, 2));
        smmu.IncludedBy.Length.ShouldBe(2);
        Vendor.Nodes.Single(node => node.Label == "sysmmu_g2d").Driver.ShouldBe("samsung_sysmmu_ops");
        Vendor.GroupReferences
            .Single()
            .ShouldBe(new GroupReferenceSource(
                "/g2d", "samsung,iommu-group", "<&group>", new SourcePlace("arch/arm64/boot/dts/vendor/qcom/soc.dtsi", 19)));
    }

    [Fact]
    public void A_board_has_the_last_word_on_its_host_bridges()
    {
        Vendor.Boards.Select(board => board.File[(board.File.LastIndexOf('/') + 1)..]).ShouldBe(["phone.dts", "tablet.dts"]);
        var phone = Vendor.Boards[0].Hosts.Single();
        (phone.Label, phone.IsEnabled, phone.Iommu, phone.Driver, phone.Place.Line).ShouldBe(("pcie0", true, "smmu", "arm_smmu_ops", 13));
        phone.Map.ShouldBe("<0x0 &smmu 0x1c00 0x1>, <0x100 &smmu 0x1c01 0x1>");
        Vendor.Boards[1].Hosts.Select(host => (host.Label, host.IsEnabled)).ShouldBe([("pcie0", false), ("pcie1", false)]);
    }

    [Fact]
    public void Torn_sources_end_in_a_scan()
    {
        (string Name, string Text)[] files =
        [
            ("drivers/iommu/a.c", Sysmmu), ("drivers/iommu/a.c", SmmuDriver), ("arch/arm64/boot/dts/a.dts", Soc),
        ];
        var change = Gen.Select(Gen.Int[0, 20_000], Gen.OneOf([.. "{}();=\"/*&#:\n x"]));
        Gen.Select(Gen.Int[0, files.Length - 1], change.Array[1, 11], Gen.Int[0, 20_000]).Sample(
            (file, changes, length) =>
            {
                var bytes = Encoding.Latin1.GetBytes(files[file].Text);
                foreach (var (at, letter) in changes)
                {
                    bytes[at % bytes.Length] = (byte)letter;
                }

                SourceScan.Combine([.. ((SourceFileScan?[])
                [
                    SourceFileScan.Of(files[file].Name, bytes.AsSpan(0, length % bytes.Length)),
                ]).OfType<SourceFileScan>()]);
            },
            iter: 3000);
    }

    /// <summary>The kernel's own tree, where a build has left it, and grep.</summary>
    [FactWith("grep", "sh")]
    public void In_the_kernels_tree_every_definition_of_iommu_ops_that_grep_finds_is_a_driver()
    {
        var tree = Path.Combine(Repository.Root, ".work", "virt", "tree");
        if (!Directory.Exists(tree))
        {
            return;
        }

        string[] Grep(string command) =>
            [
                .. Encoding.UTF8
                    .GetString(Oracle.Output("sh", ["-c", command], directory: tree))
                    .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Order(StringComparer.Ordinal),
            ];
        string[] folders = ["drivers/iommu", "drivers/xen", "arch/arm64/boot/dts"];
        var scan = SourceScan.Combine(
            folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(tree, folder), "*", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(tree, file))
            .Where(SourceFileScan.IsOne)
            .Select(file => SourceFileScan.Of(file, File.ReadAllBytes(Path.Combine(tree, file))))
            .OfType<SourceFileScan>());

        scan.Drivers.Select(driver => driver.Place.ToString()).Order(StringComparer.Ordinal)
            .ShouldBe(Grep("grep -rnE 'struct iommu_ops [a-z0-9_]+ = \\{' drivers/iommu drivers/xen --include=*.c | cut -d: -f1,2"));
        scan.Drivers
            .Single(driver => driver.Place.File.EndsWith("arm-smmu.c", StringComparison.Ordinal)).Kind
            .ShouldBe(GroupingKind.StreamMatch);
        scan.Drivers.Single(driver => driver.Operations == "rk_iommu_ops").Kind.ShouldBe(GroupingKind.EachIommu);
        scan.Drivers.Single(driver => driver.Operations == "ipmmu_ops").DeviceGroup.ShouldBe("ipmmu_find_group");
        scan.Nodes.Where(node => node.Compatible == "arm,smmu-v3").Select(node => node.Place.File).Distinct()
            .ShouldBe(Grep("grep -rl '\"arm,smmu-v3\"' arch/arm64/boot/dts"));
        scan.Boards.ShouldContain(board =>
            board.File == "arch/arm64/boot/dts/qcom/sm8250-sony-xperia-edo-pdx203.dts"
                && board.Hosts.Any(host => host.IsEnabled && host.Driver == "arm_smmu_ops"));
    }

    private static SourceScan Scan(params (string File, string Text)[] files) =>
        SourceScan.Combine(
            files.Select(file => SourceFileScan.Of(file.File, Encoding.Latin1.GetBytes(file.Text))).OfType<SourceFileScan>());
}
