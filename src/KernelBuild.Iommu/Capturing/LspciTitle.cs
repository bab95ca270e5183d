using System.Text.RegularExpressions;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>The first line of a function in lspci's output: its address, and what stands before and after that.</summary>
/// <param name="Before">Spaces, a prompt, a script's "IOMMU Group 3 "; empty at the margin.</param>
/// <param name="Rest">"PCI bridge [0604]: Red Hat, Inc. QEMU PCIe Root port [1b36:000c] (prog-if 00 [Normal decode])".</param>
/// <param name="Path">With -P and -PP: the addresses of the bridges above, "00:01.0/"; else empty.</param>
internal readonly partial record struct LspciTitle(PciAddress Address, string Before, string Rest, string Path)
{
    /// <summary>
    /// A title with -P, whose address is that of the bridge above on the root bus, then device and function alone on each bus below:
    /// "00:01.0/00.0 Ethernet controller: …".
    /// </summary>
    /// <param name="above">"00:01.0", or "00:01.0/02.0".</param>
    /// <param name="deviceFunction">"00.0".</param>
    public static bool TryPath(string line, out string above, out string deviceFunction, out string rest)
    {
        var found = PathPattern().Match(line);
        (above, deviceFunction, rest) = (found.Groups[1].Value, found.Groups[2].Value, found.Success ? line[found.Length..].Trim() : "");
        return found.Success;
    }

    public static bool TryRead(string line, out LspciTitle title)
    {
        title = default;
        if (!line.Contains(':', StringComparison.Ordinal) || AddressPattern().Match(line) is not { Success: true } found
            || !PciAddress.TryParse(found.Groups[2].Value, out var address))
        {
            return false;
        }

        var (before, rest) = (found.Groups[1].Value, line[(found.Index + found.Length)..].Trim());
        var path = BridgesPattern().Match(before).Value;
        before = before[..^path.Length];

        // at the margin an address is a title whatever follows; after something else only with a class
        if (before.Trim().Length > 0 && !(IsPrompt(before) && ClassPattern().IsMatch(rest)))
        {
            return false;
        }

        title = new LspciTitle(address, before, rest, path);
        return true;
    }

    /// <summary>A prompt, a script's "IOMMU Group 3", or what it draws: "[RESET]", "└──", "*", "12)".</summary>
    private static bool IsPrompt(string before) =>
        before.TrimEnd()[^1] is '#' or '$' or '%' or '>' || before.Contains("group", StringComparison.OrdinalIgnoreCase)
        || MarksPattern().IsMatch(before);

    [GeneratedRegex(@"^(?:\[[A-Za-z][A-Za-z ]{0,19}\]|[^A-Za-z])*$")]
    private static partial Regex MarksPattern();

    [GeneratedRegex(@"^(.*?)(?<![\w:.])((?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7])(?:[ \t]+|$)")]
    private static partial Regex AddressPattern();

    [GeneratedRegex(@"(?:(?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]/)+$")]
    private static partial Regex BridgesPattern();

    [GeneratedRegex(@"^\s*((?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7](?:/[0-9a-fA-F]{2}\.[0-7])*)/([0-9a-fA-F]{2}\.[0-7])(?=\s)")]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"^(?:""|[0-9a-f]{4}: |(?:[A-Z]|3D )[^:]*: )")]
    private static partial Regex ClassPattern();
}
