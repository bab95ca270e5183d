using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.BZip2;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>bzip2, by SharpZipLib.</summary>
internal static class Bzip2
{
    private const int LargestBlock = 9;

    /// <summary>Compresses as <c>bzip2 -9</c> does, into one stream.</summary>
    public static ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> content) => Compress(content, LargestBlock);

    /// <summary>The same with the blocks of another stream, whose number stands in its header: a decoder has memory for them.</summary>
    public static ReadOnlyMemory<byte> CompressLike(ReadOnlyMemory<byte> stored, ReadOnlyMemory<byte> content) =>
        Compress(content, stored.Span[3] - '0');

    private static ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> content, int block)
    {
        var stored = new MemoryStream();
        using (var bzip2 = new BZip2OutputStream(stored, block) { IsStreamOwner = false })
        {
            bzip2.Write(content.Span);
        }

        return stored.ToArray();
    }

    public static Diagnostic? Read(ReadOnlyMemory<byte> stored, OutputBuffer output, out int length)
    {
        length = 0;
        var before = output.Length;
        using var input = new InputStream(stored);
        try
        {
            using var bzip2 = new BZip2InputStream(input) { IsStreamOwner = false };
            output.Fill(bzip2);
        }
        catch (Exception exception) when (exception is SharpZipBaseException or IOException or IndexOutOfRangeException
            or NullReferenceException or OverflowException)
        {
            // The library answers damaged blocks with whatever its tables run into.
            return Decompressor.Invalid("bzip2", input.Position, $"damaged or cut short; {output.Length - before} bytes could be read");
        }

        length = (int)input.Position;
        return null;
    }
}
