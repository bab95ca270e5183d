using System.Diagnostics.CodeAnalysis;
using KernelBuild.Compression.Libraries;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>Zstandard, through the system's libzstd.</summary>
public static class Zstd
{
    private const string Format = "zstd";
    private const int Level = 19;
    private const int Step = 1 << 20;

    /// <summary>Compresses into one frame with its content size.</summary>
    /// <exception cref="DiagnosticException">KB5013: libzstd is missing.</exception>
    public static byte[] Compress(ReadOnlySpan<byte> content)
    {
        var source = content.ToArray();
        return NativeLibraries.Call(NativeLibraries.LibZstd, () => CompressCore(source));
    }

    /// <summary>Decompresses all frames.</summary>
    /// <param name="stored">The stream; what follows the last frame is not touched.</param>
    /// <param name="data">The content; null when the result is false.</param>
    /// <param name="error">KB5011: damaged, cut short or too large. KB5013: libzstd is missing.</param>
    /// <param name="maximumLength">Bytes the content may have at most.</param>
    public static bool TryDecompress(
        ReadOnlyMemory<byte> stored,
        [NotNullWhen(true)] out DecompressedData? data,
        [NotNullWhen(false)] out Diagnostic? error,
        long maximumLength = Decompressor.DefaultMaximumLength)
    {
        Diagnostic? problem = null;
        if (!NativeLibraries.TryCall(NativeLibraries.LibZstd, () => DecompressCore(stored, maximumLength, out problem), out data, out var missing))
        {
            error = missing!;
            return false;
        }

        error = problem;
        return data is not null && problem is null ? true : Fail(ref error);
    }

    private static bool Fail([NotNull] ref Diagnostic? error)
    {
        error ??= Decompressor.Invalid(Format, 0, "damaged");
        return false;
    }

    private static unsafe byte[] CompressCore(byte[] source)
    {
        var target = new byte[(int)NativeLibraries.ZstdBound((nuint)source.Length)];
        fixed (byte* input = source, output = target)
        {
            var length = NativeLibraries.ZstdCompress(output, (nuint)target.Length, input, (nuint)source.Length, Level);
            return NativeLibraries.ZstdIsError(length) == 0
                ? target[..(int)length]
                : throw new DiagnosticException(Diagnostic.Error(DiagnosticCodes.CompressionUnsupported, $"libzstd does not compress these {source.Length} bytes", "give the file compressed"));
        }
    }

    private static unsafe DecompressedData? DecompressCore(ReadOnlyMemory<byte> stored, long maximumLength, out Diagnostic? problem)
    {
        var result = new OutputBuffer(maximumLength, stored.Length * 4L);
        var stream = NativeLibraries.ZstdCreate();
        try
        {
            using var pinned = stored.Pin();
            var input = new ZstdBuffer { Bytes = (byte*)pinned.Pointer, Length = (nuint)stored.Length };
            do
            {
                nuint left;
                do
                {
                    var room = result.Room(Math.Min(Step, (int)Math.Min(maximumLength + 1 - result.Length, Step)));
                    fixed (byte* bytes = room)
                    {
                        var output = new ZstdBuffer { Bytes = bytes, Length = (nuint)room.Length };
                        var before = input.Position;
                        left = NativeLibraries.ZstdDecompress(stream, &output, &input);
                        result.Advance((int)output.Position);
                        if (NativeLibraries.ZstdIsError(left) != 0)
                        {
                            problem = Decompressor.Invalid(Format, (long)input.Position, "damaged, or with a window that is too large");
                            return null;
                        }

                        if (left != 0 && output.Position == 0 && input.Position == before)
                        {
                            problem = Decompressor.Invalid(Format, stored.Length, "cut short");
                            return null;
                        }
                    }

                    if (result.IsOverLimit)
                    {
                        problem = Decompressor.TooLarge(Format, maximumLength);
                        return null;
                    }
                }
                while (left != 0);
            }
            while (CompressionFormats.Recognize(stored.Span[(int)input.Position..]) == CompressionFormat.Zstd);

            problem = null;
            return new DecompressedData(CompressionFormat.Zstd, result.Content, (int)input.Position);
        }
        finally
        {
            _ = NativeLibraries.ZstdFree(stream);
        }
    }
}
