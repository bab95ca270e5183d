using System.Collections.Immutable;

namespace KernelBuild.BootImages.Layout;

/// <summary>
/// Collects regions in the order of the file; each starts where the one before ends, so that none overlap and nothing is left out.
/// </summary>
internal sealed class RegionList(long start = 0)
{
    private readonly ImmutableArray<Region>.Builder _regions = ImmutableArray.CreateBuilder<Region>();

    public long End { get; private set; } = start;

    public void Add(string name, long size)
    {
        if (size > 0)
        {
            _regions.Add(new Region(name, End, size));
            End += size;
        }
    }

    /// <summary>Names everything from the end of the last region up to an offset.</summary>
    public void AddUntil(string name, long end) => Add(name, end - End);

    public ImmutableArray<Region> ToImmutable() => _regions.ToImmutable();
}
