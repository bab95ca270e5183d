using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Linting;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.Iommu.Tests;

public sealed class Lints
{
    [TheoryWith("dtc")]
    [InlineData("no-iommu; iommu-map = <0 &v3 0 0x10000>;", "", DiagnosticCodes.IommuPropertyUnread)]
    [InlineData("iommu-mask = <0>; iommu-map = <0 &v3 0 0x10000>;", "", DiagnosticCodes.IommuPropertyUnread)]
    [InlineData("iommus = <&v3 0>;", "", DiagnosticCodes.IommusOnPciHost)]
    [InlineData("iommu-map = <0 &v3 0 0x10000>; port@0 { reg = <0 0 0 0 0>; iommus = <&v3 0>; };", "", DiagnosticCodes.IommusBelowPciHost)]
    [InlineData("iommu-map = <0 &v3 0>;", "", DiagnosticCodes.IommuMapUnreadable)]
    [InlineData("iommu-map = <0 &v2 0x1c00 0 1>, <0x100 &v2 0x1c01 0 1>;", "", DiagnosticCodes.IommuMapUnreadable)]
    [InlineData("compatible = \"qcom,pcie-sm8450-pcie0\"; iommu-map = <0 &v3 0 0x10>;", "", DiagnosticCodes.IommuMapEntryTooLong)]
    [InlineData("iommu-map = <0 &cold 0 0x10000>;", "", DiagnosticCodes.IommuNotCoherent)]
    [InlineData("iommu-map = <0x100 &v3 0 1>; iommu-map-mask = <0xffff00ff>;", "", DiagnosticCodes.IommuMapMaskTooNarrow)]
    [InlineData("iommu-map = <0 &off 0 0x10000>;", "", DiagnosticCodes.IommuReferenceUnusable)]
    [InlineData("iommu-map = <0 0x77 0 0x10000>;", "", DiagnosticCodes.IommuReferenceUnusable)]
    [InlineData("", "a@1 { iommus = <&v3 5>; }; b@2 { iommus = <&v3 5>; };", DiagnosticCodes.StreamIdShared)]
    [InlineData("", "a@1 { iommus = <&v2 5 0>; }; b@2 { iommus = <&v2 5 0>; };", DiagnosticCodes.StreamIdShared)]
    [InlineData("", "a@1 { iommus = <0x77 5>; };", DiagnosticCodes.IommuReferenceUnusable)]
    [InlineData("", "a@1 { compatible = \"iommu-v3\"; };", DiagnosticCodes.IommuCompatibleUnknown)]
    public void What_is_wrong_or_dead_is_found_by_its_code(string host, string others, string code)
    {
        var findings = BindingLinter.Lint(Tree(host, others), KernelVersion.Default);

        findings.Select(finding => finding.Code).ShouldContain(code);
        findings.Select(finding => finding.Code).Distinct().Count().ShouldBeLessThanOrEqualTo(2);
    }

    [FactWith("dtc")]
    public void A_good_tree_has_no_findings() =>
        BindingLinter
            .Lint(
                Tree("iommu-map = <0 &v3 0 0x10000>; msi-map = <0 &v3 0 1>;", "a@1 { iommus = <&v3 0x10005>; }; b@2 { iommus = <&v2 6 0>; };"),
                KernelVersion.Default)
            .ShouldBeEmpty();

    [FactWith("dtc")]
    public void A_map_for_another_kernel_is_wrong_for_this_one_only()
    {
        var tree = Tree("iommu-map = <0 &v2 0x1c00 0 1>, <0x100 &v2 0x1c01 0 1>, <0x200 &v2 0x1c02 0 1>, <0x300 &v2 0x1c03 0 1>;", "");

        BindingLinter.Lint(tree, new KernelVersion(6, 12)).ShouldContain(finding => finding.Code == DiagnosticCodes.IommuMapUnreadable);
        BindingLinter.Lint(tree, new KernelVersion(7, 2)).ShouldBeEmpty();
    }

    [FactWith("dtc")]
    public void Functions_that_no_entry_covers_are_named()
    {
        var tree = LabRecord.Virt("iommu-map = <0x100 0x8005 0x100 0x200>, <0x400 0x8005 0x9000 0x100>;");
        var topology = LabRecord.Read("lab-6.12-partial.txt").Hexadecimal.ToTopology();

        BindingLinter.Lint(tree, KernelVersion.Default, topology).Where(finding => finding.Code == DiagnosticCodes.RequesterIdUncovered)
            .Select(finding => finding.Message[..12]).ShouldBe(["0000:00:00.0", "0000:00:01.0", "0000:03:00.0", "0000:03:00.1"]);
    }

    [FactWithDebianTrees]
    public void On_the_trees_of_6_12_there_is_no_error_for_6_12()
    {
        var errors = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.ForEach(
            DebianTrees.All.Where(file =>
                file.Contains("/6.12/", StringComparison.Ordinal) && file.EndsWith(".dtb", StringComparison.Ordinal)), file =>
        {
            foreach (var finding in BindingLinter
                .Lint(new IommuTree(DeviceTree.Read(File.ReadAllBytes(file))), new KernelVersion(6, 12))
                .Where(finding => finding.Severity == DiagnosticSeverity.Error))
            {
                errors.Add($"{Path.GetFileName(file)}: {finding.Message}");
            }
        });

        errors.ShouldBeEmpty();
    }

    private static IommuTree Tree(string host, string others) => new(DeviceTree.Read(Dtc.Compile(
        "/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;"
        + "v3: iommu@1 { compatible = \"arm,smmu-v3\"; #iommu-cells = <1>; dma-coherent; };"
        + "v2: iommu@2 { compatible = \"arm,mmu-500\"; #iommu-cells = <2>; dma-coherent; };"
        + "cold: iommu@3 { compatible = \"arm,smmu-v3\"; #iommu-cells = <1>; };"
        + "off: iommu@4 { compatible = \"arm,smmu-v3\"; #iommu-cells = <1>; dma-coherent; status = \"disabled\"; };"
        + "pcie@10000000 { device_type = \"pci\"; #address-cells = <3>; #size-cells = <2>; " + host + " };" + others + "};", "-f")));
}
