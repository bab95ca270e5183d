using System.Text.RegularExpressions;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>The lines "Name:value" of lspci -vmm, and of all its output but titles. Source: pciutils, lspci.c, show_machine.</summary>
internal static partial class LspciRecord
{
    /// <summary>"Slot: 00:01.0", with which a record of -vmm begins; of -vm, whose form is older, "Device: 00:01.0".</summary>
    public static PciAddress? SlotOf(string line) =>
        SlotPattern().Match(line) is { Success: true } slot && PciAddress.TryParse(slot.Groups[1].Value, out var address) ? address : null;

    /// <summary>Whether the line is not the end of the one before: "Capabilities: …", "Kernel driver in use: …".</summary>
    public static bool HasName(string line) => NamePattern().IsMatch(line);

    [GeneratedRegex(@"^\s*(?:Slot|Device):\s*([0-9a-fA-F:.]{7,16})\s*$")]
    private static partial Regex SlotPattern();

    [GeneratedRegex(@"^\s*(?:[A-Z][A-Za-z0-9 /()-]{2,30}[:=]|\S*[#$%>](?:\s|$)|@@@|###|!)")]
    private static partial Regex NamePattern();
}
