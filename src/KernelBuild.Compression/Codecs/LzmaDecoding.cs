using KernelBuild.Diagnostics;
using SharpCompress.Common;
using SharpCompress.Compressors.LZMA;

namespace KernelBuild.Compression.Codecs;

/// <summary>What LZMA and LZMA2 have in common: SharpCompress decodes them.</summary>
internal static class LzmaDecoding
{
    // xz -9e needs a dictionary of 64 MiB, and nothing in a boot image has a larger one.
    internal const uint LargestDictionary = 96U << 20;
    internal const uint SmallestDictionary = 4096;

    /// <summary>The range coder's first byte is always zero; SharpCompress does not look at it.</summary>
    public static bool IsStart(ReadOnlySpan<byte> data) => data is [0, ..];

    /// <summary>Decodes to the end of the data or to the limit of the output.</summary>
    /// <returns>False when the data is damaged or cut short.</returns>
    public static bool TryFill(OutputBuffer output, Func<LzmaStream> open)
    {
        try
        {
            using var decoder = open();
            output.Fill(decoder);
            return true;
        }
        catch (Exception exception) when (exception is SharpCompressException or IOException or ArgumentException
            or InvalidOperationException or IndexOutOfRangeException or NullReferenceException or OverflowException
            or NotSupportedException or NotImplementedException)
        {
            // SharpCompress has no exception of its own for damaged data: these are what its tables and arrays run into.
            return false;
        }
    }

    public static Diagnostic NeedsTooMuch(string format) =>
        Decompressor.Unsupported(
            format, $"its dictionary needs more than {LargestDictionary >> 20} MiB", "compress it with a smaller dictionary");
}
