using KernelBuild.BootTest;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>What Linux said about itself.</summary>
/// <param name="Capture">Its functions with the groups that it gave them, and the device tree it ran with.</param>
/// <param name="Platform">Devices of the platform with iommus, and their groups; null for one without.</param>
/// <param name="Console">All lines.</param>
public sealed record LabReport(
    Capture Capture, KernelVersion Kernel, IReadOnlyDictionary<string, int?> Platform, IReadOnlyList<string> Console)
{
    /// <summary>Null when the guest did not come to its end.</summary>
    public static LabReport? Read(IReadOnlyList<string> console)
    {
        if (!GuestCapture.TryRead(console, out var capture) || !KernelVersion.TryParse(capture.Kernel, out var kernel))
        {
            return null;
        }

        return new LabReport(
            capture,
            kernel,
            console.Where(line => line.StartsWith("P ", StringComparison.Ordinal)).Select(line => line.Split(' '))
                .ToDictionary(
                    words => words[1], words => int.TryParse(words[2], out var group) ? group : (int?)null, StringComparer.Ordinal),
            console);
    }

    /// <summary>The groups by device, as Linux formed them.</summary>
    public IEnumerable<(string Device, int? Group)> Groups =>
        [
            .. Capture.Functions.Select(function => (function.Address.ToString(), function.Group)),
            .. Platform.Select(device => (device.Key, device.Value)),
        ];
}
