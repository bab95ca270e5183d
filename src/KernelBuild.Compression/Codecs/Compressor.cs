using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>Compresses kernels and ramdisks in the forms that Linux unpacks.</summary>
public static class Compressor
{
    /// <summary>
    /// Compresses as stock images are compressed: gzip as zlib's level 6 does, LZ4 legacy as <c>lz4 -l -12</c> does, byte for byte; zstd at
    /// level 19, xz at preset 6 with a CRC-32, which is what the kernel's decompressor checks, and lzma at preset 9 as Linux's build; LZ4
    /// frames with independent blocks, bzip2 with the largest.
    /// </summary>
    /// <param name="format">Any but lzop.</param>
    /// <param name="content">At most 2 GiB.</param>
    /// <exception cref="DiagnosticException">KB5013: a format that is only read, or whose library is not on this machine.</exception>
    public static ReadOnlyMemory<byte> Compress(CompressionFormat format, ReadOnlyMemory<byte> content) =>
        format == CompressionFormat.None ? content : Write(format, content);

    /// <summary>Compresses what takes the place of a stream's content: of that stream stays what can, where only a few bytes differ.</summary>
    /// <param name="format">That of the old stream.</param>
    /// <param name="stored">The old stream, to its end.</param>
    /// <param name="old">What it holds.</param>
    /// <param name="content">What the new one is to hold.</param>
    /// <param name="isKept">Whether all but the changed bytes is the old stream's.</param>
    /// <exception cref="DiagnosticException">KB5013, as for <see cref="Compress"/>.</exception>
    public static ReadOnlyMemory<byte> Replace(
        CompressionFormat format, ReadOnlyMemory<byte> stored, ReadOnlyMemory<byte> old, ReadOnlyMemory<byte> content, out bool isKept)
    {
        var patched = format == CompressionFormat.Lz4Legacy ? Lz4Patch.TryReplace(stored, old, content) : null;
        isKept = patched is not null;
        return patched ?? CompressLike(format, stored, old.Length, content);
    }

    /// <summary>In the form of a stream that a bootloader is known to unpack: its block sizes, its checksums, the length behind it.</summary>
    private static ReadOnlyMemory<byte> CompressLike(
        CompressionFormat format, ReadOnlyMemory<byte> stored, int oldLength, ReadOnlyMemory<byte> content)
    {
        var compressed = CodecTable.Of(format) is { WriteLike: { } like } ? like(stored, content) : Compress(format, content);
        return SizeSuffix.Ends(format, stored.Span, oldLength) ? SizeSuffix.Append(compressed, content.Length) : compressed;
    }

    private static ReadOnlyMemory<byte> Write(CompressionFormat format, ReadOnlyMemory<byte> content) =>
        CodecTable.Of(format) is { Write: { } write }
            ? write(content)
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.CompressionUnsupported,
                $"{CompressionFormats.NameOf(format)} can be read but not written",
                "compress the file with its own program and give the result, or choose gzip, lz4-legacy, lz4, zstd, xz, lzma, bzip2 or "
                + "none"));
}
