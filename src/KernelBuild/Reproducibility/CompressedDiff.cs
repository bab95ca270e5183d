using KernelBuild.Compression.Codecs;

namespace KernelBuild.Reproducibility;

/// <summary>Compressed content: what differs in it, or that only its wrapping does.</summary>
/// <param name="file">For the differences.</param>
internal sealed class CompressedDiff(string file)
{
    /// <remarks>RFC 1952: flags at 3, time at 4 to 7, extra flags at 8, operating system at 9; a name follows when flag 3 is set.</remarks>
    private const int GzipHeaderLength = 10;

    public IEnumerable<Difference> Compare(
        ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other,
        Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, IEnumerable<Difference>> compare)
    {
        if (!Decompressor.TryDecompress(one, out var left, out _) || !Decompressor.TryDecompress(other, out var right, out _))
        {
            return compare(one, other);
        }

        if (!left.Content.Span.SequenceEqual(right.Content.Span))
        {
            return compare(left.Content, right.Content);
        }

        var isHeader = IsGzip(one.Span) && IsGzip(other.Span) && BehindHeader(one.Span).SequenceEqual(BehindHeader(other.Span));
        return [new Difference(file, "compression", isHeader ? DifferenceCause.CompressedHeader : DifferenceCause.Compression)];
    }

    private static ReadOnlySpan<byte> BehindHeader(ReadOnlySpan<byte> gzip)
    {
        const int hasName = 8;
        var rest = gzip[GzipHeaderLength..];
        return (gzip[3] & hasName) == 0 ? rest : rest[(rest.IndexOf((byte)0) + 1)..];
    }

    private static bool IsGzip(ReadOnlySpan<byte> bytes) => bytes.Length >= GzipHeaderLength && bytes.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]);
}
