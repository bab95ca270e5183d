using KernelBuild.Compression.Libraries;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// gzip as AOSP's minigzip writes it: zlib level 6, memory level 8, no name, no time. This one is the host's zlib: no managed deflater
/// gives its bytes, which a stock ramdisk that is stored again must have. Measured on 12 MiB of a kernel: zlib 5,417,485 bytes,
/// SharpCompress 0.50.8 5,417,030, SharpZipLib 1.4.1 5,415,553; .NET's own is zlib-ng.
/// </summary>
internal static class Zlib
{
    private const int Level = 6;
    private const int Deflated = 8;
    private const int WindowBits = 15;
    private const int GzipWindowBits = WindowBits + 16;
    private const int MemoryLevel = 8;
    private const int Finish = 4;
    private const int StreamEnd = 1;

    // Deflate's worst case, stored blocks of at least 16383 bytes with five of header each, and gzip's header and trailer.
    private static long Bound(int length) => length + (length / 16000 * 5L) + 64;

    public static ReadOnlyMemory<byte> CompressGzip(ReadOnlyMemory<byte> content) => Compress(content, GzipWindowBits);

    /// <summary>The same with zlib's own header and checksum.</summary>
    public static ReadOnlyMemory<byte> CompressZlib(ReadOnlyMemory<byte> content) => Compress(content, WindowBits);

    private static byte[] Compress(ReadOnlyMemory<byte> content, int windowBits)
    {
        var source = content.ToArray();
        return NativeLibraries.Call(NativeLibraries.LibZ, () => Compress(source, windowBits));
    }

    private static unsafe byte[] Compress(byte[] source, int windowBits)
    {
        var target = new byte[Math.Min(Bound(source.Length), Array.MaxLength)];
        fixed (byte* input = source, output = target)
        {
            var stream = new ZlibStream
            {
                Input = input,
                InputLength = (uint)source.Length,
                Output = output,
                OutputLength = (uint)target.Length,
            };
            var code = NativeLibraries.DeflateInit(&stream, Level, Deflated, windowBits, MemoryLevel, 0, "1.2.11", sizeof(ZlibStream));
            if (code == 0)
            {
                code = NativeLibraries.Deflate(&stream, Finish);
                _ = NativeLibraries.DeflateEnd(&stream);
            }

            return code == StreamEnd
                ? target[..(int)stream.OutputTotal]
                : throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.CompressionUnsupported,
                    $"zlib does not compress these {source.Length} bytes (code {code})",
                    "give the file compressed"));
        }
    }
}
