using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Cli.Iommu;

/// <summary>Finds the device that the user named.</summary>
internal static class DeviceName
{
    /// <param name="error">KB7006.</param>
    public static bool TryFind(
        GroupPrediction prediction, string name, [NotNullWhen(true)] out GroupDecision? decision,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        decision = prediction.Of(PciAddress.TryParse(name, out var address) ? address.ToString() : name);
        error = null;
        if (decision is not null)
        {
            return true;
        }

        var near = NearestName.Among(name, prediction.Decisions.Select(other => other.Device), 3).ToArray();
        error = Diagnostic.Error(
            DiagnosticCodes.PciDeviceUnknown,
            $"there is no device '{name}' among the {Counted.Of(prediction.Decisions.Length, "device")} of the machine",
            near.Length > 0 ? $"did you mean {string.Join(" or ", near)}?" : "kernelbuild iommu groups lists them");
        return false;
    }
}
