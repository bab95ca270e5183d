using System.Text;
using KernelBuild.Iommu.Topology;
using KernelBuild.Testing;

namespace KernelBuild.Iommu.Tests;

/// <summary>Names out of pci.ids; lspci of the same file is the oracle where both are there.</summary>
public sealed class PciNameLists
{
    private const string Ids = "/usr/share/misc/pci.ids";

    private static PciFunction Function(ushort vendor, ushort device, uint classCode) => new(default, vendor, device) { ClassCode = classCode << 8 };

    [Fact]
    public void Names_come_from_the_file_and_without_it_from_a_short_list()
    {
        var text = Encoding.UTF8.GetBytes(
            "# comment\n8086  Intel Corporation\n\t10d3  82574L Gigabit\n\t\t103c 3250  NC\n1b36  Red Hat, Inc.\nC 02  Network controller\n\t00  Ethernet controller\n\t\t01  x\n"
            + "C 0d  Wireless controller\n\t99  Odd one\nzz  broken\n\n\t");
        PciFunction[] functions = [Function(0x8086, 0x10d3, 0x0200), Function(0x1b36, 0x000c, 0x0604), Function(0x1111, 0x2222, 0x0d99), Function(0xabcd, 1, 0x0d55)];
        var names = PciNames.Read(text, functions);
        functions.Select(names.Of).ShouldBe(
        [
            "Ethernet controller: Intel Corporation 82574L Gigabit", "PCI bridge: Red Hat, Inc. device 000c", "Odd one: 1111:2222",
            "Wireless controller: abcd:0001",
        ]);
        functions.Select(PciNames.BuiltIn.Of).ShouldBe(
            ["Ethernet controller: Intel device 10d3", "PCI bridge: Red Hat device 000c", "class 0d99: 1111:2222", "class 0d55: abcd:0001"]);
    }

    [Fact]
    public void The_file_of_Debian_has_the_names_that_lspci_prints()
    {
        Assert.SkipUnless(File.Exists(Ids) && Oracle.IsInstalled("lspci"), "needs the packages pci.ids and pciutils");
        var function = Function(0x8086, 0x10d3, 0x0200);
        var names = PciNames.Read(File.ReadAllBytes(Ids), [function]);
        using var folder = new TestFolder();
        // lspci reads a dump as well as a machine
        var dump = folder.Write("dump", Encoding.ASCII.GetBytes(
            "00:01.0 x\n00: 86 80 d3 10 00 00 00 00 00 00 00 02 00 00 00 00\n10: " + string.Join(' ', Enumerable.Repeat("00", 16)) + "\n20: "
            + string.Join(' ', Enumerable.Repeat("00", 16)) + "\n30: " + string.Join(' ', Enumerable.Repeat("00", 16)) + "\n"));
        Oracle.Text(folder.Path, "lspci", "-F", dump).ShouldBe($"00:01.0 {names.Of(function)}");
    }
}
