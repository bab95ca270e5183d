using System.Globalization;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>The groups that Linux formed against those that are predicted from its own device tree and configuration space.</summary>
/// <param name="Differences">One line for each device that is not where it was predicted.</param>
public sealed record GroupComparison(GroupPrediction Prediction, IReadOnlyList<string> Differences)
{
    public static GroupComparison Of(LabReport report, PredictionOptions? options = null)
    {
        options = (options ?? new PredictionOptions()) with { Kernel = report.Kernel, HostPaths = report.Capture.HostPaths };
        var prediction = GroupPredictor.Predict(new IommuTree(DeviceTree.Read(report.Capture.DeviceTree)), report.Capture.ToTopology(), options);
        var linux = report.Groups.ToDictionary(device => device.Device, device => device.Group, StringComparer.Ordinal);
        var differences = new List<string>();
        foreach (var decision in prediction.Decisions)
        {
            if (!linux.TryGetValue(decision.Device, out var group))
            {
                differences.Add($"{decision.Device}: predicted, and not there");
                continue;
            }

            var found = group is null ? "" : string.Join(' ', linux.Where(other => other.Value == group).Select(other => other.Key).Order(StringComparer.Ordinal));
            var expected = string.Join(' ', prediction.Companions(decision.Device));
            if (found != expected)
            {
                differences.Add($"{decision.Device}: predicted [{expected}] ({decision.Rule}: {decision.Reason}), Linux [{found}]");
            }
        }

        differences.AddRange(linux.Keys.Except(prediction.Decisions.Select(decision => decision.Device)).Select(device => $"{device}: there, and not predicted"));
        return new GroupComparison(prediction, differences);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Prediction.Decisions.Length} devices, {Prediction.Groups.Length} groups, {Prediction.Ungrouped.Count()} without one");
}
