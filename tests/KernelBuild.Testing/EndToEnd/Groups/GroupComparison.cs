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
        var prediction = GroupPredictor.Predict(
            new IommuTree(DeviceTree.Read(report.Capture.DeviceTree)), report.Capture.ToTopology(), options);
        var linux = GroupPartition.Of(report.Groups);
        var devices = report.Groups.Select(device => device.Device).ToHashSet(StringComparer.Ordinal);
        var differences = new List<string>();
        foreach (var decision in prediction.Decisions)
        {
            if (!devices.Contains(decision.Device))
            {
                differences.Add($"{decision.Device}: predicted, and not there");
                continue;
            }

            var found = string.Join(' ', linux.Companions(decision.Device));
            var expected = string.Join(' ', prediction.Companions(decision.Device));
            if (found != expected)
            {
                differences.Add($"{decision.Device}: predicted [{expected}] ({decision.Rule}: {decision.Reason}), Linux [{found}]");
            }
        }

        differences.AddRange(
            devices
                .Except(prediction.Decisions.Select(decision => decision.Device))
                .Select(device => $"{device}: there, and not predicted"));
        return new GroupComparison(prediction, differences);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Prediction.Decisions.Length} devices, {Prediction.Groups.Length} groups, {Prediction.Ungrouped.Count()} without one");
}
