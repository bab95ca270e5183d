using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Tests;

/// <summary>A quirk table that was read out of a kernel's image replaces what is known of Linux.</summary>
public sealed class QuirksOfTheVeryKernel
{
    private static readonly PciFunction RootPort = new(new PciAddress(0, new RequesterId(8)), 0x1b36, 0x000c)
    {
        PortType = PciPortType.RootPort,
        HeaderType = 1,
        ClassCode = 0x060400,
    };

    [Fact]
    public void The_first_entry_that_fits_decides_and_others_do_not()
    {
        Match(new IsolationQuirk(0x1b36, 0x000c, "pci_quirk_qcom_rp_acs")).ShouldNotBeNull();
        Match(new IsolationQuirk(0x1b36, 0xffff, "pci_quirk_al_acs")).ShouldNotBeNull();
        Match(new IsolationQuirk(0x1b36, 0x000d, "pci_quirk_qcom_rp_acs")).ShouldBeNull();
        Match(new IsolationQuirk(0x1b36, 0x000c, "pci_quirk_intel_pch_acs"))
            .ShouldBeNull("a handler that asks chipset registers has no opinion");
        Match(new IsolationQuirk(0x1b36, 0x000c, "pci_quirk_rciep_acs")).ShouldBeNull("the port is no integrated endpoint");
        Match(new IsolationQuirk(0x1b36, 0x000c, "pci_quirk_zhaoxin_pcie_ports_acs"))!.Value.IsEnabled
            .ShouldBeFalse("the device is none of Zhaoxin's, and the handler says no instead of nothing");
    }

    [Fact]
    public void What_is_known_of_Linux_no_longer_counts()
    {
        var qualcomm = RootPort with { VendorId = 0x17cb, DeviceId = 0x0400 };

        KnownIsolationQuirks.Match(qualcomm, new PredictionOptions()).ShouldNotBeNull();
        KnownIsolationQuirks.Match(qualcomm, new PredictionOptions { KernelQuirks = new IsolationQuirkTable([]) }).ShouldBeNull();
    }

    private static AcsVerdict? Match(IsolationQuirk entry) =>
        KnownIsolationQuirks.Match(RootPort, new PredictionOptions { KernelQuirks = new IsolationQuirkTable([entry]) });
}
