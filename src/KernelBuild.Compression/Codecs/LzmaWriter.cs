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
    private const int OptionsLength = 512; // struct lzma_options_lzma has 112 bytes; liblzma keeps its size

    /// <exception cref="DiagnosticException">KB5013: liblzma is missing, or has no memory.</exception>
    public static ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> content) =>
        NativeLibraries.Call(NativeLibraries.LibLzma, () => CompressCore(content));

    private static unsafe byte[] CompressCore(ReadOnlyMemory<byte> content)
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
                var code = NativeLibraries.LzmaPreset(options, Preset) == 0 ? NativeLibraries.LzmaAloneEncoder(stream, options) : 1;
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
