using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Linting;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.Iommu.Tests;

/// <summary>
/// The trees of Debian's kernels 6.1 and 6.12, each linted for its kernel. All findings of fifty trees, of every code and vendor that has
/// any, are written down, each kind with the place in Linux's sources that bears it out: one that is added, lost or changed there is
/// looked at.
/// </summary>
public sealed class LintsOfDebianTrees
{
    /// <summary>
    /// Tree, its findings by code, and words of one of them. Sources: arch/arm64/boot/dts, drivers/iommu/arm/arm-smmu/arm-smmu.c.
    /// </summary>
    private static readonly string[][] Sample =
    [
        // arm/juno-base.dtsi: usb@7ffb0000 and usb@7ffc0000 have iommus = <&smmu_usb 0>, both enabled; compatible arm,mmu-401, so
        // arm_smmu_device_group finds the first one's register. From r1 on &smmu_pcie is enabled, and the host's iommu-map-mask = <0x0> is
        // commented "RC has no means to output PCI RID".
        ["6.1/arm/juno.dtb", "KB7108×1", "usb@7ffc0000 and /usb@7ffb0000 have the stream ID 0x0"],
        ["6.1/arm/juno-r1.dtb", "KB7108×1 KB7109×1", "iommu-map-mask 0x0 gives several devices the same stream ID: they share a group"],
        ["6.12/arm/juno-scmi.dtb", "KB7108×1", "usb@7ffc0000 and /usb@7ffb0000 have the stream ID 0x0"],
        ["6.12/arm/juno-r2.dtb", "KB7108×1 KB7109×1", "iommu-map-mask 0x0 gives several devices the same stream ID: they share a group"],
        // freescale/fsl-ls1028a.dtsi, fsl-ls1088a.dtsi, fsl-ls208xa.dtsi, fsl-lx2160a.dtsi: iommu-map = <0 &smmu 0 1>; /* Fixed-up by
        // bootloader */ at every host. In 6.1 iommu@5000000 of ls1028a has no dma-coherent, and the host of its integrated endpoints a
        // real map, <0 &smmu 0x17 0xe>: arm_smmu_capable says no.
        ["6.1/freescale/fsl-ls1028a-rdb.dtb", "KB7107×1 KB7113×2", "/soc/iommu@5000000 has no dma-coherent"],
        ["6.1/freescale/fsl-ls1088a-rdb.dtb", "KB7113×3", "the single entry 0"],
        ["6.1/freescale/fsl-ls2080a-rdb.dtb", "KB7113×4", "the single entry 0"],
        ["6.1/freescale/fsl-lx2160a-honeycomb.dtb", "KB7113×6", "the single entry 0"],
        ["6.12/freescale/fsl-ls1028a-rdb.dtb", "KB7113×2", "the single entry 0"],
        ["6.12/freescale/fsl-ls1088a-ten64.dtb", "KB7113×3", "the single entry 0"],
        ["6.12/freescale/fsl-lx2160a-rdb.dtb", "KB7113×6", "the single entry 0"],
        // freescale/imx8qm-ss-conn.dtsi: all three usdhc have iommus = <&smmu 0x11 0x7f80>, both fec <&smmu 0x12 0x7f80>; boards enable
        // two or three.
        [
            "6.12/freescale/imx8qm-mek.dtb", "KB7108×2",
            "ethernet@5b050000 and /bus@5b000000/ethernet@5b040000 have the stream ID 0x12/0x7f80",
        ],
        [
            "6.12/freescale/imx8qm-apalis-v1.1-eval.dtb", "KB7108×2",
            "mmc@5b030000 and /bus@5b000000/mmc@5b010000 have the stream ID 0x11/0x7f80",
        ],
        ["6.12/freescale/imx8qm-apalis-ixora-v1.1.dtb", "KB7108×1", "have the stream ID 0x11/0x7f80"],
        // hisilicon/hip07.dtsi: smmus, and hosts with msi-map only; a comment speaks of "when iommu-map entry is used along with the PCIe
        // node".
        ["6.1/hisilicon/hip07-d05.dtb", "KB7114×1", "/soc/pcie@a00a0000 has no iommu-map"],
        ["6.12/hisilicon/hip07-d05.dtb", "KB7114×1", "has no iommu-map"],
        // marvell/armada-ap80x.dtsi: the SMMU is status = "disabled", and no board enables it; armada-7040.dtsi and armada-8040.dtsi give
        // iommus to usb, sata and mmc, and a map with iommu-map-mask = <0x031f> to the host. of_iommu_xlate: a node that is not available
        // is -ENODEV.
        ["6.1/marvell/armada-8040-mcbin.dtb", "KB7109×1 KB7110×9", "iommu@5000000, which is disabled"],
        ["6.1/marvell/armada-7040-db.dtb", "KB7110×4", "is disabled in the device tree"],
        ["6.1/marvell/cn9130-crb-A.dtb", "KB7109×1 KB7110×3", "iommu-map-mask 0x31f"],
        ["6.12/marvell/armada-8040-mcbin.dtb", "KB7109×1 KB7110×9", "iommu@100000, which is disabled"],
        ["6.12/marvell/armada-8040-db.dtb", "KB7109×1 KB7110×10", "iommu-map-mask 0x31f"],
        ["6.12/marvell/cn9130-crb-B.dtb", "KB7109×1 KB7110×3", "iommu-map-mask 0x31f"],
        // mediatek/mt8195.dtsi: iommu-map = <0 &iommu_infra IOMMU_PORT_INFRA_PCIE0 0x2> and iommu-map-mask = <0x0>: one port, and so one
        // bank, for all of a host.
        [
            "6.12/mediatek/mt8195-cherry-tomato-r1.dtb", "KB7109×1",
            "iommu-map-mask 0x0 gives several devices the same stream ID: they share a group",
        ],
        ["6.12/mediatek/mt8395-radxa-nio-12l.dtb", "KB7109×2", "/soc/pcie@112f8000:iommu-map-mask 0x0"],
        // renesas/r8a774a1.dtsi: iommu-map = <0 &ipmmu_hc 0 1>, iommu-map-mask = <0>; ipmmu-vmsa.c has generic_single_device_group.
        ["6.12/renesas/r8a774a1-hihope-rzg2m-ex.dtb", "KB7109×2", "the Renesas IPMMU cannot tell them apart"],
        ["6.12/renesas/r8a774a1-beacon-rzg2m-kit.dtb", "KB7109×2", "/soc/pcie@fe000000:iommu-map-mask 0x0"],
        // qcom/msm8998.dtsi: anoc1_smmu without dma-coherent, behind it the host, iommu-map = <0x100 &anoc1_smmu 0x1480 1>; sm8150, sm8350
        // and sm8450: apps_smmu without, and maps with <0x0 &apps_smmu 0x1c00 0x1>. arm_smmu_capable: FEAT_COHERENT_WALK comes from the
        // node.
        ["6.1/qcom/msm8998-mtp.dtb", "KB7107×1", "/soc/iommu@1680000 has no dma-coherent"],
        ["6.1/qcom/sa8155p-adp.dtb", "KB7107×1", "/soc@0/iommu@15000000 has no dma-coherent"],
        ["6.12/qcom/msm8998-lenovo-miix-630.dtb", "KB7107×1", "/soc@0/iommu@1680000 has no dma-coherent"],
        ["6.12/qcom/sm8350-hdk.dtb", "KB7107×1 KB7108×2", "/soc@0/iommu@15000000 has no dma-coherent"],
        ["6.12/qcom/sm8450-hdk.dtb", "KB7107×1 KB7108×5", "/soc@0/iommu@15000000 has no dma-coherent"],
        // qcom/sdm845.dtsi: cryptobam (dma-controller@1dc4000) and crypto@1dfa000 both have <&apps_smmu 0x704 0x1>, <0x706 0x1>, <0x714
        // 0x1>, <0x716 0x1>, slimbam and slim <&apps_smmu 0x1806 0x0>. So sc7280.dtsi with 0x4e4 0x0011, sm8350.dtsi with 0x594 0x0011,
        // sm6115.dtsi with 0x92 0, sm8550.dtsi and sm8650.dtsi with 0x480 0: a crypto engine is fed through its BAM, which has the same
        // IDs.
        ["6.1/qcom/sdm845-oneplus-fajita.dtb", "KB7108×5", "crypto@1dfa000 and /soc@0/dma-controller@1dc4000 have the stream ID 0x704/0x1"],
        ["6.1/qcom/sdm850-samsung-w737.dtb", "KB7108×5", "slim@171c0000 have the stream ID 0x1806"],
        ["6.12/qcom/sdm845-samsung-starqltechn.dtb", "KB7108×4", "have the stream ID 0x7"],
        ["6.12/qcom/qcm6490-fairphone-fp5.dtb", "KB7108×2", "have the stream ID 0x4e4/0x11"],
        ["6.12/qcom/sm6115-fxtec-pro1x.dtb", "KB7108×5", "have the stream ID 0x92"],
        ["6.12/qcom/sm8650-qrd.dtb", "KB7108×2", "have the stream ID 0x480"],
        ["6.12/qcom/qrb5165-rb5.dtb", "KB7108×6", "have the stream ID 0x592"],
        // qcom/sc8280xp.dtsi: compute-cb@9 and compute-cb@10 both have <&apps_smmu 0x318b 0x0420>; the hosts have no iommu-map (later
        // releases have one for SoCs of its kind); gpu_smmu is status = "disabled" there, gmu, whose iommus it is, is not.
        ["6.1/qcom/sc8280xp-lenovo-thinkpad-x13s.dtb", "KB7108×1", "compute-cb@9 have the stream ID 0x318b/0x420"],
        ["6.12/qcom/sc8280xp-crd.dtb", "KB7108×1 KB7114×3", "has no iommu-map"],
        ["6.12/qcom/sa8540p-ride.dtb", "KB7108×1 KB7110×1 KB7114×1", "/soc@0/gmu@3d6a000 has no group"],
        // qcom/sdm630.dtsi: lpass_smmu is status = "disabled", and q6asmdai, below an enabled remoteproc, has iommus = <&lpass_smmu 1>.
        ["6.1/qcom/sda660-inforce-ifc6560.dtb", "KB7110×1", "/dais has no group: the IOMMU /soc/iommu@5100000 is disabled"],
        ["6.12/qcom/sdm660-xiaomi-lavender.dtb", "KB7110×1", "/dais has no group: the IOMMU /soc@0/iommu@5100000 is disabled"],
        // qcom/msm8996.dtsi and x1e80100.dtsi: hosts without iommu-map in trees with enabled SMMUs, of which the finding says that the
        // tree does not tell.
        ["6.1/qcom/apq8096-db820c.dtb", "KB7114×3", "/soc/agnoc@0/pcie@608000 has no iommu-map"],
        ["6.12/qcom/x1e80100-crd.dtb", "KB7114×3", "/soc@0/pci@1bf8000 has no iommu-map"],
        // ti/k3-j721e-main.dtsi: smmu0 is arm,smmu-v3 without status, no node refers to it, and the hosts have no map.
        ["6.1/ti/k3-j721e-common-proc-board.dtb", "KB7114×3", "/bus@100000/pcie@2920000 has no iommu-map"],
        ["6.12/ti/k3-j721e-beagleboneai64.dtb", "KB7114×1", "does not say whether the host is behind it"],
        // xilinx/zynqmp.dtsi of 6.1: the SMMU is status = "disabled", and sd, gem, usb, sata and others have iommus; pcie@fd0e0000 has
        // iommus = <&smmu 0x4d0> and no map, which counts where a board enables it (zcu102): of_iommu_configure looks at the map for
        // functions of PCI.
        [
            "6.1/xilinx/zynqmp-zcu102-rev1.0.dtb", "KB7102×1 KB7110×14",
            "/axi/pcie@fd0e0000:iommus puts the host bridge itself behind the IOMMU",
        ],
        ["6.1/xilinx/zynqmp-zcu106-revA.dtb", "KB7110×13", "/axi/ahci@fd0c0000 has no group"],
        ["6.1/xilinx/avnet-ultra96-rev1.dtb", "KB7110×4", "the IOMMU /axi/iommu@fd800000 is disabled"],
    ];

    [FactWithDebianTrees]
    public void The_findings_of_fifty_trees_are_those_that_the_sources_bear_out()
    {
        Sample.Length.ShouldBeGreaterThanOrEqualTo(50);
        var wrong = new List<string>();
        foreach (var (tree, expected, words) in Sample.Select(row => (row[0], row[1], row[2])))
        {
            var findings = Lint(tree);
            var found = string.Join(
                ' ', findings.GroupBy(finding => finding.Code, StringComparer.Ordinal).OrderBy(code => code.Key, StringComparer.Ordinal)
                    .Select(code => $"{code.Key}×{code.Count()}"));
            if (found != expected || !findings.Any(finding => finding.Message.Contains(words, StringComparison.Ordinal)))
            {
                wrong.Add($"{tree}: {found}\n{string.Join('\n', findings.Select(finding => "  " + finding.Message))}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    /// <summary>Every other tree has findings of these kinds only, and no error: of those a new kind would be looked at.</summary>
    [FactWithDebianTrees]
    public void No_tree_has_a_finding_of_a_kind_that_the_sample_has_not()
    {
        var codes = Sample.SelectMany(row => row[1].Split(' ')).Select(part => part.Split('×')[0]).ToHashSet(StringComparer.Ordinal);
        var others = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.ForEach(DebianTrees.All.Where(file => file.EndsWith(".dtb", StringComparison.Ordinal)), file =>
        {
            var tree = Path.GetRelativePath(DebianTrees.Folder, file);
            foreach (var finding in Lint(tree)
                .Where(finding => !codes.Contains(finding.Code) || finding.Severity == DiagnosticSeverity.Error))
            {
                others.Add($"{tree}: {finding.Code} {finding.Message}");
            }
        });
        others.ShouldBeEmpty();
    }

    private static Diagnostic[] Lint(string tree)
    {
        KernelVersion.TryParse(tree.Split('/')[0], out var kernel).ShouldBeTrue(tree);
        return [.. BindingLinter.Lint(new IommuTree(DeviceTree.Read(DebianTrees.Read(tree))), kernel)];
    }
}
