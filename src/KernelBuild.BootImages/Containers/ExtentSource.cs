using System.Collections.Immutable;

namespace KernelBuild.BootImages.Containers;

/// <summary>Runs of other sources, one behind another: what a logical partition is made of.</summary>
internal sealed class ExtentSource : ByteSource
{
    private readonly ImmutableArray<(long Start, SourceExtent Extent)> _extents;

    /// <exception cref="Diagnostics.DiagnosticException">KB5041: an extent reaches beyond the end of its source.</exception>
    public ExtentSource(IEnumerable<SourceExtent> extents)
    {
        var placed = ImmutableArray.CreateBuilder<(long, SourceExtent)>();
        foreach (var extent in extents.Where(one => one.Length != 0))
        {
            if (extent.Length < 0 || extent.Offset < 0 || (extent.Source is { } source && extent.Offset > source.Length - extent.Length))
            {
                throw ContainerError.Of(
                    $"{extent.Length} bytes from byte {extent.Offset} on reach beyond the end of the file, which has {extent.Source?.Length}",
                    "it was cut: copy or download it again");
            }

            placed.Add((Length, extent));
            Length += extent.Length;
        }

        _extents = placed.ToImmutable();
    }

    public override long Length { get; }

    public override void Read(long offset, Span<byte> buffer)
    {
        Check(offset, buffer.Length);
        for (var i = IndexOf(offset); !buffer.IsEmpty; i++)
        {
            var (start, extent) = _extents[i];
            var within = offset - start;
            var part = buffer[..(int)Math.Min(buffer.Length, extent.Length - within)];
            if (extent.Source is { } source)
            {
                source.Read(extent.Offset + within, part);
            }
            else
            {
                part.Clear();
            }

            offset += part.Length;
            buffer = buffer[part.Length..];
        }
    }

    private int IndexOf(long offset)
    {
        var (low, high) = (0, _extents.Length);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = _extents[middle].Start <= offset ? (middle, high) : (low, middle);
        }

        return low;
    }
}
