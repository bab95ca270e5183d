using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Tests;

/// <summary>A partition in a form in which two can be compared, and read when they differ.</summary>
internal static class PartitionText
{
    public static string Of(IEnumerable<IEnumerable<string>> groups, IEnumerable<string> ungrouped) =>
        string.Join('\n', groups.Select(group => string.Join(' ', group.Order(StringComparer.Ordinal))).Order(StringComparer.Ordinal))
        + "\n- " + string.Join(' ', ungrouped.Order(StringComparer.Ordinal));

    public static string Of(GroupPrediction prediction) =>
        Of(prediction.Groups.Select(group => (IEnumerable<string>)group.Devices), prediction.Ungrouped.Select(decision => decision.Device));
}
