using System.Text;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;
using Capture = KernelBuild.Iommu.Capturing.Capture;

namespace KernelBuild.Iommu.Tests;

/// <summary>Ports whose isolation the kernel knows by their number or by chipset registers, in inputs that have neither.</summary>
public sealed class PortsThatQuirksMayName
{
    private static Capture Read(string text) => CaptureReader.TryRead(Encoding.UTF8.GetBytes(text), out var capture, out var error)
        ? capture : throw new Diagnostics.DiagnosticException(error);

    private static GroupPrediction Predict(Capture capture) => GroupPredictor.Predict(LabRecord.Virt(), capture.ToTopology());

    private static PciAddress Address(string text) => PciAddress.TryParse(text, out var address) ? address : throw new FormatException(text);

    private static string Port(string title) => $"00:00.0 Host bridge: Intel Corporation Device [8086:1234]\n{title}\n"
        + "\tBus: primary=00, secondary=02, subordinate=02\n\tCapabilities: [40] Express (v2) Root Port (Slot+), MSI 00\n"
        + "\tCapabilities: [100 v1] Virtual Channel\n02:00.0 Ethernet controller: N\n\tCapabilities: [40] Express (v2) Endpoint, MSI 00\n";

    /// <summary>Without numbers only the vendor is known, and of some vendors the kernel takes ports for isolated.</summary>
    [TheoryWith("dtc")]
    [InlineData("00:1c.0 PCI bridge: Intel Corporation Lynx Point PCI Express Root Port #1", null)]
    [InlineData("00:1c.0 PCI bridge: NXP Semiconductors LX2160A PCIe", null)]
    [InlineData("00:1c.0 PCI bridge: Ampere Computing, LLC Altra PCI Express Root Port a0", null)]
    [InlineData("00:1c.0 PCI bridge: Red Hat, Inc. QEMU PCIe Root port", false)]
    [InlineData("00:1c.0 PCI bridge [0604]: Intel Corporation Lynx Point Root Port [8086:8c10]", null)]
    [InlineData("00:1c.0 PCI bridge [0604]: Intel Corporation Root Port [8086:3a40]", false)]
    [InlineData("00:1c.0 PCI bridge [0604]: Ampere Computing, LLC Altra Root Port [1def:e005]", true)]
    public void A_port_that_a_quirk_may_name_is_not_said_not_to_isolate(string title, bool? isolates)
    {
        var topology = Read(Port(title)).ToTopology();
        var prediction = GroupPredictor.Predict(LabRecord.Virt(), topology);
        var port = prediction.Of("0000:00:1c.0")!;
        port.IsUnknown.ShouldBe(isolates is null, port.Reason);
        if (isolates is { } right)
        {
            (prediction.Companions("0000:02:00.0").Length == 1).ShouldBe(right);
        }
        else
        {
            port.Reason.ShouldContain(title.Contains("8086:", StringComparison.Ordinal) ? "chipset registers" : "the device number");
        }
    }

    /// <summary>Sunrise Point's ACS registers are 32 bits wide: lspci reads the control where the specification has it, which is zero.</summary>
    [FactWith("dtc")]
    public void Registers_of_Sunrise_Point_are_read_where_they_are()
    {
        PciFunction port = new(Address("0000:00:1c.0"), 0x8086, 0xa110)
        {
            ClassCode = 0x060400, HeaderType = 1, SecondaryBus = 1, PortType = PciPortType.RootPort, HasExtendedSpace = true,
            Acs = new AcsCapability(0x100, AcsServices.Isolation, AcsServices.None),
        };
        var bytes = ConfigSpaceWriter.Write(port);
        new ConfigSpace(bytes).Describe(port.Address)!.Acs!.Control.ShouldBe(AcsServices.None);
        bytes[0x108] = (byte)AcsServices.Isolation;
        new ConfigSpace(bytes).Describe(port.Address)!.Acs!.Control.ShouldBe(AcsServices.Isolation);
        bytes[0x02] = 0x00;
        new ConfigSpace(bytes).Describe(port.Address)!.Acs!.Control.ShouldBe(AcsServices.None);

        var text = Port("00:1c.0 PCI bridge [0604]: Intel Corporation Sunrise Point-H PCI Express Root Port #1 [8086:a110]").Replace(
            "\tCapabilities: [100 v1] Virtual Channel\n", "\tCapabilities: [140 v1] Access Control Services\n\t\tACSCap: SrcValid+ TransBlk+ ReqRedir+\n"
                + "\t\tACSCtl: SrcValid- TransBlk- ReqRedir-\n", StringComparison.Ordinal);
        Predict(Read(text)).Of("0000:02:00.0")!.Reason.ShouldContain("the state of ACS of 0000:00:1c.0");
    }

    /// <summary>Every vendor of the tables by the name that Debian's pci.ids gives it.</summary>
    [Fact]
    public void Vendors_of_quirks_are_known_by_name()
    {
        Assert.SkipUnless(File.Exists("/usr/share/misc/pci.ids"), "needs the package pci.ids");
        var names = File.ReadLines("/usr/share/misc/pci.ids").Where(line => line.Length > 6 && char.IsAsciiHexDigit(line[0]) && line[4] == ' ')
            .ToLookup(line => line[..4], line => line[6..]);
        foreach (var vendor in KnownIsolationQuirks.Of(new KernelVersion(7, 2)).Entries.Select(entry => entry.Vendor).Distinct())
        {
            var name = names[$"{vendor:x4}"].First();

            // Emulex has two numbers, and an entry of the same kind for each
            PciVendorNames.Find(name).ShouldBe(vendor == 0x19a2 ? (ushort)0x10df : vendor, name);
        }
    }
}
