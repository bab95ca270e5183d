using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Capturing;

/// <summary>Compares a prediction with the groups that Linux had formed when the machine was captured, as far as it had.</summary>
public static class RecordedGroupCheck
{
    /// <returns>KB7009 for each function that Linux has put elsewhere; nothing where no groups were captured.</returns>
    public static IEnumerable<Diagnostic> Check(Capture capture, GroupPrediction prediction)
    {
        // of several for one address the last counts, as in a topology
        var recorded = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var function in capture.Functions.Where(function => function.Group is not null))
        {
            recorded[function.Address.ToString()] = function.Group!.Value;
        }

        foreach (var (device, group) in recorded)
        {
            if (prediction.Of(device) is not { } decision)
            {
                continue;
            }

            var linux = recorded.Where(other => other.Value == group).Select(other => other.Key).Order(StringComparer.Ordinal);
            var predicted = prediction.Companions(device).Where(recorded.ContainsKey);
            if (!linux.SequenceEqual(predicted, StringComparer.Ordinal))
            {
                yield return Diagnostic.Warning(
                    DiagnosticCodes.PredictionDiffers,
                    $"{device} was found in a group of {string.Join(' ', linux)}, and is predicted {(decision.Group is null ? "without a group" : $"in one of {string.Join(' ', predicted)}")} ({decision.Rule}: {decision.Reason})",
                    "check that tree and kernel version are those of the running machine, and whether endpoints were bound before their ports; else report it, with the capture");
            }
        }
    }
}
