using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Capturing;

/// <summary>Compares a prediction with the groups that Linux had formed when the machine was captured, as far as it had.</summary>
public static class RecordedGroupCheck
{
    /// <summary>The groups that the capture has.</summary>
    public static GroupPartition Recorded(Capture capture) => GroupPartition.Of(
        capture.Functions
            .Where(function => function.Group is not null)
            .Select(function => (function.Address.ToString(), function.Group))
            .Concat(capture.Platform.Select(device => (device.Name, device.Group)).Where(device => device.Group is not null)));

    /// <returns>KB7009 for each function that Linux has put elsewhere; nothing where no groups were captured.</returns>
    public static IEnumerable<Diagnostic> Check(Capture capture, GroupPrediction prediction)
    {
        var linux = Recorded(capture);
        var recorded = linux.Groups.SelectMany(group => group.Devices).ToHashSet(StringComparer.Ordinal);
        var predicted = prediction.Partition.Among(recorded.Contains);
        foreach (var device in capture.Functions.Select(function => function.Address.ToString())
            .Concat(capture.Platform.Select(device => device.Name)).Where(recorded.Remove))
        {
            if (prediction.Of(device) is { IsUnknown: false } decision
                && !linux.Companions(device).SequenceEqual(predicted.Companions(device), StringComparer.Ordinal))
            {
                yield return Diagnostic.Warning(
                    DiagnosticCodes.PredictionDiffers,
                    $"{device} was found in a group of {string.Join(' ', linux.Companions(device))}, and is predicted "
                    + $"{(decision.Group is null ? "without a group" : $"in one of {string.Join(' ', predicted.Companions(device))}")} "
                    + $"({decision.Rule}: {decision.Reason})",
                    "check that tree and kernel version are those of the running machine, and whether endpoints were bound before their "
                    + "ports; if neither explains it, please report it with the capture");
            }
        }
    }
}
