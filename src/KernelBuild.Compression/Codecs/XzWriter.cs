using KernelBuild.Compression.Libraries;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// Writes xz through the host's liblzma. There is no managed LZMA2 encoder for it: that of SharpCompress 0.50.8 is internal, compresses
/// chunks of 2 MiB each on its own, and stores as they are all that do not become smaller than 64 KiB, which in a kernel are most.
/// </summary>
internal static class XzWriter
{
    private const uint Preset = 6;
    private const int CheckCrc32 = 1;
    private const int Ok = 0;

    /// <summary>Compresses into one stream with a CRC-32, the check that Linux knows.</summary>
    /// <exception cref="DiagnosticException">KB5013: liblzma is missing.</exception>
    public static ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> content) =>
        NativeLibraries.Call(NativeLibraries.LibLzma, () => CompressCore(content));

    private static unsafe byte[] CompressCore(ReadOnlyMemory<byte> content)
    {
        var target = new byte[(int)NativeLibraries.LzmaBound((nuint)content.Length)];
        nuint length = 0;
        using var source = content.Pin();
        fixed (byte* output = target)
        {
            var code = NativeLibraries.LzmaEncode(
                Preset, CheckCrc32, 0, (byte*)source.Pointer, (nuint)content.Length, output, &length, (nuint)target.Length);
            return code == Ok
                ? target[..(int)length]
                : throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.CompressionUnsupported,
                    $"liblzma does not compress these {content.Length} bytes (code {code})",
                    "give the file compressed"));
        }
    }
}
