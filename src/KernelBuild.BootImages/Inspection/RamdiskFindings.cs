using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Inspection;

/// <summary>What Linux stumbles over between the archives of a ramdisk and behind them.</summary>
public static class RamdiskFindings
{
    /// <param name="ramdisk">The ramdisk.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="at">Where it starts, in bytes from the start of the file.</param>
    public static IEnumerable<Diagnostic> Of(RamdiskSegments ramdisk, string name, long at)
    {
        for (var i = 0; i + 1 < ramdisk.Segments.Length; i++)
        {
            var (segment, next) = (ramdisk.Segments[i], ramdisk.Segments[i + 1]);
            var end = segment.Offset + segment.Stored.Length;
            if (segment.Format == CompressionFormat.Lz4Legacy && next.Format != CompressionFormat.Lz4Legacy
                && next.Offset < end + sizeof(uint))
            {
                yield return Diagnostic.Warning(
                    DiagnosticCodes.RamdiskArchives,
                    $"in the {name}, a {CompressionFormats.NameOf(next.Format)} stream follows an LZ4 stream directly",
                    "put four zero bytes between them, which end an LZ4 stream") with
                {
                    Offset = at + end,
                    Consequence = "Linux takes it for another LZ4 block, and unpacks neither it nor what follows",
                };
            }
        }

        var junk = ramdisk.Rest.Span.IndexOfAnyExcept((byte)0);
        if (junk >= 0)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.RamdiskArchives,
                $"{ramdisk.Rest.Length - junk} bytes behind the archives of the {name} are none",
                "make the ramdisk again without them") with
            {
                Offset = at + ramdisk.Bytes.Length - ramdisk.Rest.Length + junk,
                Consequence = "Linux says \"Initramfs unpacking failed\" and goes on with what it has unpacked",
            };
        }
    }
}
