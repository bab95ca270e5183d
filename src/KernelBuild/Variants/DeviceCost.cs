namespace KernelBuild.Variants;

/// <summary>What a device cost in a matrix.</summary>
/// <param name="FirstSeconds">Of its first built cell, which checks out and compiles everything; 0 when none was built.</param>
/// <param name="Seconds">Of all its cells.</param>
/// <param name="Objects">That make compiled in all of them.</param>
public sealed record DeviceCost(
    string Device, int Built, int Fetched, double FirstSeconds, double Seconds, int Objects, int CacheHits, int CacheMisses)
{
    public static IReadOnlyList<DeviceCost> Of(IEnumerable<CellResult> cells) => [.. cells
        .GroupBy(cell => cell.Device, StringComparer.Ordinal)
        .Select(device => new DeviceCost(
            device.Key,
            device.Count(cell => cell.Verdict == CellVerdict.Built),
            device.Count(cell => cell.Verdict == CellVerdict.Fetched),
            device.Where(cell => cell.Verdict == CellVerdict.Built).Select(cell => cell.Seconds).DefaultIfEmpty(0).Max(),
            device.Sum(cell => cell.Seconds),
            device.Sum(cell => cell.Objects),
            device.Sum(cell => cell.CacheHits),
            device.Sum(cell => cell.CacheMisses)))];
}
