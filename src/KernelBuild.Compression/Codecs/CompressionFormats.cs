namespace KernelBuild.Compression.Codecs;

/// <summary>Tells compression formats apart by their first bytes, and by name.</summary>
public static class CompressionFormats
{
    private const string NoneName = "none";

    /// <summary>The format of a stream; <see cref="CompressionFormat.None"/> when no magic is known.</summary>
    public static CompressionFormat Recognize(ReadOnlySpan<byte> stream) =>
        CodecTable.Recognize(stream)?.Format ?? CompressionFormat.None;

    /// <summary>The name in messages and in JSON: none, gzip, lz4-legacy, lz4, zstd, xz, lzma, bzip2, lzop.</summary>
    public static string NameOf(CompressionFormat format) => CodecTable.Of(format)?.Name ?? NoneName;

    /// <summary>The format of a name; null when there is none.</summary>
    public static CompressionFormat? Find(string name) =>
        name.Equals(NoneName, StringComparison.OrdinalIgnoreCase) ? CompressionFormat.None : CodecTable.Of(name)?.Format;
}
