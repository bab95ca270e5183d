using System.Diagnostics.CodeAnalysis;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.BZip2;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>bzip2, read only.</summary>
public static class Bzip2
{
    private const string Format = "bzip2";
    private const int Step = 64 * 1024;

    /// <summary>Decompresses one stream.</summary>
    /// <param name="stored">The stream; what follows it is not touched.</param>
    /// <param name="data">The content; null when the result is false.</param>
    /// <param name="error">KB5011: damaged, cut short or too large.</param>
    /// <param name="maximumLength">Bytes the content may have at most.</param>
    public static bool TryDecompress(
        ReadOnlyMemory<byte> stored,
        [NotNullWhen(true)] out DecompressedData? data,
        [NotNullWhen(false)] out Diagnostic? error,
        long maximumLength = Decompressor.DefaultMaximumLength)
    {
        data = null;
        var output = new OutputBuffer(maximumLength, stored.Length * 4L);
        using var input = new MemoryStream(stored.ToArray(), writable: false);
        try
        {
            using var bzip2 = new BZip2InputStream(input) { IsStreamOwner = false };
            while (bzip2.Read(output.Room(Step)) is > 0 and var count)
            {
                output.Advance(count);
                if (output.IsOverLimit)
                {
                    error = Decompressor.TooLarge(Format, maximumLength);
                    return false;
                }
            }
        }
        catch (Exception exception) when (exception is SharpZipBaseException or IOException or IndexOutOfRangeException or NullReferenceException or OverflowException)
        {
            // The library answers damaged blocks with whatever its tables run into.
            error = Decompressor.Invalid(Format, input.Position, $"damaged or cut short; {output.Length} bytes could be read");
            return false;
        }

        data = new DecompressedData(CompressionFormat.Bzip2, output.Content, (int)input.Position);
        error = null;
        return true;
    }
}
