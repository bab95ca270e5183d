using System.Diagnostics.CodeAnalysis;
using KernelBuild.Compression.Libraries;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>xz and the older .lzma, through the system's liblzma.</summary>
public static class Lzma
{
    private const uint Preset = 6;
    private const int CheckCrc32 = 1;
    private const int Run = 0;
    private const int Ok = 0;
    private const int StreamEnd = 1;
    private const int BufferError = 10;
    private const int MemoryLimitError = 6;
    private const int Step = 1 << 20;

    // xz -9e needs 65 MiB, and nothing in a boot image has a larger dictionary.
    private const ulong MemoryLimit = 128UL << 20;

    /// <summary>Compresses into one xz stream with a CRC-32, the check that Linux knows.</summary>
    /// <exception cref="DiagnosticException">KB5013: liblzma is missing.</exception>
    public static byte[] CompressXz(ReadOnlySpan<byte> content)
    {
        var source = content.ToArray();
        return NativeLibraries.Call(NativeLibraries.LibLzma, () => CompressCore(source));
    }

    /// <summary>Decompresses an xz stream, or several, or a .lzma file.</summary>
    /// <param name="stored">The stream; what follows it is not touched.</param>
    /// <param name="format">Which of the two.</param>
    /// <param name="data">The content; null when the result is false.</param>
    /// <param name="error">KB5011: damaged, cut short or too large. KB5013: liblzma is missing, or the stream needs more than 128 MiB.</param>
    /// <param name="maximumLength">Bytes the content may have at most.</param>
    public static bool TryDecompress(
        ReadOnlyMemory<byte> stored,
        CompressionFormat format,
        [NotNullWhen(true)] out DecompressedData? data,
        [NotNullWhen(false)] out Diagnostic? error,
        long maximumLength = Decompressor.DefaultMaximumLength)
    {
        Diagnostic? problem = null;
        if (!NativeLibraries.TryCall(NativeLibraries.LibLzma, () => DecompressCore(stored, format, maximumLength, out problem), out data, out var missing))
        {
            error = missing!;
            return false;
        }

        error = data is null ? problem ?? Decompressor.Invalid(CompressionFormats.NameOf(format), 0, "damaged") : null;
        return data is not null;
    }

    private static unsafe byte[] CompressCore(byte[] source)
    {
        var target = new byte[(int)NativeLibraries.LzmaBound((nuint)source.Length)];
        nuint length = 0;
        fixed (byte* input = source, output = target)
        {
            var code = NativeLibraries.LzmaEncode(Preset, CheckCrc32, 0, input, (nuint)source.Length, output, &length, (nuint)target.Length);
            return code == Ok
                ? target[..(int)length]
                : throw new DiagnosticException(Diagnostic.Error(DiagnosticCodes.CompressionUnsupported, $"liblzma does not compress these {source.Length} bytes (code {code})", "give the file compressed"));
        }
    }

    private static unsafe DecompressedData? DecompressCore(ReadOnlyMemory<byte> stored, CompressionFormat format, long maximumLength, out Diagnostic? problem)
    {
        var result = new OutputBuffer(maximumLength, Math.Min(stored.Length * 4L, maximumLength));
        var offset = 0;
        do
        {
            if (DecompressStream(stored[offset..], format, result, maximumLength, out problem) is not { } length)
            {
                return null;
            }

            offset += length;
        }
        while (format == CompressionFormat.Xz && CompressionFormats.Recognize(stored.Span[offset..]) == CompressionFormat.Xz);

        return new DecompressedData(format, result.Content, offset);
    }

    private static unsafe int? DecompressStream(ReadOnlyMemory<byte> stored, CompressionFormat format, OutputBuffer result, long maximumLength, out Diagnostic? problem)
    {
        var name = CompressionFormats.NameOf(format);
        using var pinned = stored.Pin();
        var stream = new LzmaStream { Input = (byte*)pinned.Pointer, InputLength = (nuint)stored.Length };
        try
        {
            var code = format == CompressionFormat.Xz ? NativeLibraries.LzmaStreamDecoder(&stream, MemoryLimit, 0) : NativeLibraries.LzmaAloneDecoder(&stream, MemoryLimit);
            while (code == Ok)
            {
                var room = result.Room(Step);
                fixed (byte* bytes = room)
                {
                    stream.Output = bytes;
                    stream.OutputLength = (nuint)room.Length;
                    code = NativeLibraries.LzmaCode(&stream, Run);
                    result.Advance(room.Length - (int)stream.OutputLength);
                }

                if (result.IsOverLimit)
                {
                    problem = Decompressor.TooLarge(name, maximumLength);
                    return null;
                }
            }

            problem = code switch
            {
                StreamEnd => null,
                BufferError => Decompressor.Invalid(name, (long)stream.InputTotal, "cut short"),
                MemoryLimitError => Diagnostic.Error(DiagnosticCodes.CompressionUnsupported, $"{name} stream: its dictionary needs more than {MemoryLimit >> 20} MiB", "compress it with a smaller dictionary"),
                _ => Decompressor.Invalid(name, (long)stream.InputTotal, $"damaged (liblzma's code {code})"),
            };
            return code == StreamEnd ? (int)stream.InputTotal : null;
        }
        finally
        {
            NativeLibraries.LzmaEnd(&stream);
        }
    }
}
