using System.Buffers;
using KernelBuild.Diagnostics;
using ZstdSharp;

namespace KernelBuild.Compression.Codecs;

/// <summary>Zstandard, by ZstdSharp, the port of libzstd to C#.</summary>
public static class Zstd
{
    private const string Format = "zstd";
    private const int Level = 19;

    /// <summary>Compresses into one frame with its content size.</summary>
    public static ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> content)
    {
        using var compressor = new ZstdSharp.Compressor(Level);
        return compressor.Wrap(content.Span).ToArray();
    }

    internal static Diagnostic? Read(ReadOnlyMemory<byte> stored, OutputBuffer output, out int length)
    {
        length = 0;

        // the decoder is given the frame alone: what follows it is not always zstd
        stored = stored[..ZstdFrame.LengthOf(stored.Span)];
        using var decompressor = new ZstdSharp.Decompressor();
        try
        {
            while (!output.IsOverLimit)
            {
                var status = decompressor.UnwrapStream(stored.Span[length..], output.Room(), out var consumed, out var written);
                length += consumed;
                output.Advance(written);
                if (status == OperationStatus.Done)
                {
                    return null;
                }

                if (consumed == 0 && written == 0)
                {
                    return Decompressor.Invalid(Format, stored.Length, "cut short");
                }
            }
        }
        catch (ZstdException exception)
        {
            return Decompressor.Invalid(Format, length, $"damaged, or with a window that is too large ({exception.Message})");
        }

        return Decompressor.TooLarge(Format, output.MaximumLength);
    }
}
