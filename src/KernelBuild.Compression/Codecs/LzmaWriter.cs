using System.Buffers.Binary;
using System.Runtime.InteropServices;
using KernelBuild.Compression.Libraries;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>Writes .lzma through the host's liblzma, as <c>xz --format=lzma -9</c> does: Linux's build does the same.</summary>
internal static class LzmaWriter
{
    private const uint Preset = 9;
    private const int Finish = 3;
    private const int StreamEnd = 1;
    private const uint SmallestDictionary = 4096; // LZMA_DICT_SIZE_MIN
    private const int OptionsLength = 512; // struct lzma_options_lzma has 112 bytes; liblzma keeps its size

    /// <exception cref="DiagnosticException">KB5013: liblzma is missing, or has no memory.</exception>
    public static ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> content) =>
        NativeLibraries.Call(NativeLibraries.LibLzma, () => CompressCore(content, null));

    /// <summary>The same with the dictionary of another stream, which its header names: a decoder has memory for it.</summary>
    public static ReadOnlyMemory<byte> CompressLike(ReadOnlyMemory<byte> stored, ReadOnlyMemory<byte> content) => NativeLibraries.Call(
        NativeLibraries.LibLzma,
        () => CompressCore(content, Math.Max(SmallestDictionary, BinaryPrimitives.ReadUInt32LittleEndian(stored.Span[1..]))));

    private static unsafe byte[] CompressCore(ReadOnlyMemory<byte> content, uint? dictionary)
    {
        var target = new byte[(int)NativeLibraries.LzmaBound((nuint)content.Length) + (content.Length / 8)];
        var options = (byte*)NativeMemory.AllocZeroed(OptionsLength);
        var stream = (LzmaStream*)NativeMemory.AllocZeroed((nuint)sizeof(LzmaStream));
        try
        {
            using var source = content.Pin();
            fixed (byte* output = target)
            {
                *stream = new LzmaStream
                {
                    NextIn = (byte*)source.Pointer, AvailableIn = (nuint)content.Length, NextOut = output,
                    AvailableOut = (nuint)target.Length,
                };
                var isPreset = NativeLibraries.LzmaPreset(options, Preset) == 0;
                *(uint*)options = dictionary ?? *(uint*)options; // dict_size is the first member
                var code = isPreset ? NativeLibraries.LzmaAloneEncoder(stream, options) : 1;
                code = code == 0 ? NativeLibraries.LzmaCode(stream, Finish) : -1;
                var length = (int)stream->TotalOut;
                NativeLibraries.LzmaEnd(stream);
                return code == StreamEnd
                    ? target[..length]
                    : throw new DiagnosticException(Diagnostic.Error(
                        DiagnosticCodes.CompressionUnsupported, $"liblzma does not compress these {content.Length} bytes (code {code})",
                        "give the file compressed"));
            }
        }
        finally
        {
            NativeMemory.Free(options);
            NativeMemory.Free(stream);
        }
    }
}
