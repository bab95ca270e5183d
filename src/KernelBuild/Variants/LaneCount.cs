namespace KernelBuild.Variants;

/// <summary>How many cells are built at once, and with how many jobs each.</summary>
/// <param name="Lanes">At least 1.</param>
/// <param name="Jobs">Of make in each lane, at least 1.</param>
public sealed record LaneCount(int Lanes, int Jobs)
{
    /// <summary>
    /// As many as there are processors, cells, and room in memory for what the neediest device takes: a build alone leaves processors idle
    /// while it configures, links and packs.
    /// </summary>
    /// <param name="available">Bytes; null when it is not known, and then it bounds nothing.</param>
    /// <param name="need">Bytes for a build with so many jobs.</param>
    public static LaneCount For(int processors, int cells, long? available, Func<int, long> need)
    {
        for (var lanes = Math.Max(1, Math.Min(processors, cells)); ; lanes--)
        {
            var jobs = Math.Max(1, processors / lanes);
            if (lanes == 1 || available is not { } bytes || lanes * need(jobs) <= bytes)
            {
                return new LaneCount(lanes, jobs);
            }
        }
    }
}
