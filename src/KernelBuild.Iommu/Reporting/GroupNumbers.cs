using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Reporting;

/// <summary>
/// The numbers under which a page shows groups. A group that a change leaves as it was keeps its number and so its colour; all others get
/// numbers that the groups before did not have.
/// </summary>
internal sealed class GroupNumbers
{
    private readonly Dictionary<int, int> _shown = [];

    /// <param name="before">What was shown first; null for that itself.</param>
    public GroupNumbers(GroupPrediction prediction, GroupPrediction? before)
    {
        var next = before is null || before.Groups.IsEmpty ? 0 : before.Groups.Max(group => group.Id) + 1;
        foreach (var group in prediction.Groups)
        {
            var same = before?.Groups.FirstOrDefault(old => old.Devices.SequenceEqual(group.Devices, StringComparer.Ordinal));
            _shown[group.Id] = before is null ? group.Id : same?.Id ?? next++;
        }

        Count = Math.Max(next, _shown.Count == 0 ? 0 : _shown.Values.Max() + 1);
    }

    /// <summary>One more than the highest number.</summary>
    public int Count { get; }

    public int this[int group] => _shown[group];
}
