using System.Collections.Immutable;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Recognition;
using KernelBuild.DeviceTrees.Blob;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Dtbo;

/// <summary>Reads one image; every offset is checked in 64 bits before anything is sliced.</summary>
internal sealed class DtboReader(ReadOnlyMemory<byte> bytes)
{
    private const int MostEntries = 65536;
    private readonly List<Diagnostic> _diagnostics = [];

    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    public DtboImage? Read()
    {
        if (!bytes.Span.StartsWith(DtboFields.Magic) && !bytes.Span.StartsWith(DtboFields.AcpiMagic))
        {
            return Error(
                DiagnosticCodes.BootImageMagicMissing, 0,
                $"not a dtbo image: it starts with {FileKind.Describe(bytes.Span)}, not with d7b7ab1e");
        }

        if (bytes.Length < DtboFields.HeaderLength)
        {
            return Error(
                DiagnosticCodes.BootImageTruncated, 0,
                $"truncated: the header needs {DtboFields.HeaderLength} bytes, and the file has {bytes.Length}");
        }

        var header = DtboHeader.Read(bytes.Span);
        long total = header.TotalSize;
        long count = header.EntryCount;
        long entrySize = header.EntrySize;
        long entriesOffset = header.EntriesOffset;
        if (total > bytes.Length)
        {
            return Error(
                DiagnosticCodes.BootImageTruncated, DtboFields.TotalSize,
                $"truncated: total_size is {total}, and the file has {bytes.Length} bytes");
        }

        if (total < DtboFields.HeaderLength || entrySize < DtboFields.EntryLength || count > MostEntries
            || entriesOffset < DtboFields.HeaderLength || entriesOffset + (count * entrySize) > total)
        {
            return Error(
                DiagnosticCodes.DtboInvalid, DtboFields.EntrySize,
                $"{count} entries of {entrySize} bytes from {entriesOffset} on do not fit into an image of {total} bytes behind its "
                + $"header");
        }

        var entries = ImmutableArray.CreateBuilder<DtboEntry>((int)count);
        for (var i = 0; i < count; i++)
        {
            var at = (int)(entriesOffset + (i * entrySize));
            var entry = DtboTableEntry.Read(bytes.Span[at..]);
            if ((long)entry.Offset + entry.Size > total)
            {
                return Error(
                    DiagnosticCodes.DtboInvalid, at,
                    $"entry {i} reaches from {entry.Offset} to {(long)entry.Offset + entry.Size}, beyond total_size {total}");
            }

            entries.Add(new DtboEntry(entry, bytes.Slice((int)entry.Offset, (int)entry.Size)));
        }

        var image = new DtboImage
        {
            Header = header,
            Bytes = bytes[..(int)total],
            Tail = bytes[(int)total..],
            Entries = entries.MoveToImmutable(),
        };
        Check(image);
        return image;
    }

    private void Check(DtboImage image)
    {
        if (image.Version > 1)
        {
            Warn(DiagnosticCodes.DtboInvalid, DtboFields.Version, $"version {image.Version} of the table is not 0 or 1");
        }

        if (image.EntrySize != DtboFields.EntryLength || image.Header.HeaderSize != DtboFields.HeaderLength)
        {
            Warn(
                DiagnosticCodes.DtboInvalid, DtboFields.HeaderSize,
                $"header and entry have {image.Header.HeaderSize} and {image.EntrySize} bytes, expected {DtboFields.HeaderLength} and "
                + $"{DtboFields.EntryLength}");
        }

        foreach (var (offset, entry) in image.Entries.Select((entry, i) => (image.EntriesOffset + (i * image.EntrySize), entry)))
        {
            var isCompressed = image.Version == 1 && (entry.Custom[0] & 0xf) != 0;
            if (!image.IsAcpi && !isCompressed && CompressionFormats.Recognize(entry.Content.Span) == CompressionFormat.None
                && !DeviceTreeBlob.IsWhole(entry.Content.Span))
            {
                Warn(
                    DiagnosticCodes.DeviceTreeBlobInvalid, entry.Offset,
                    $"the overlay at {entry.Offset} is not a device tree blob of at most {entry.Size} bytes");
            }

            if (entry.Offset < image.EntriesOffset + (image.Entries.Length * (long)image.EntrySize) && entry.Size > 0)
            {
                Warn(DiagnosticCodes.DtboInvalid, offset, $"the overlay at {entry.Offset} overlaps the table");
            }
        }

        var sorted = image.Entries
            .Where(e => e.Size > 0)
            .Select(e => (Start: (long)e.Offset, End: (long)e.Offset + e.Size))
            .Distinct()
            .Order()
            .ToArray();
        for (var i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Start < sorted[i - 1].End)
            {
                Warn(
                    DiagnosticCodes.DtboInvalid, sorted[i].Start,
                    $"the overlays at {sorted[i - 1].Start} and {sorted[i].Start} overlap and are not identical");
            }
        }
    }

    private void Warn(string code, long offset, string message) =>
        _diagnostics.Add(Diagnostic.Warning(code, $"dtbo: {message}", "take a fresh copy, or recreate the image") with { Offset = offset });

    private DtboImage? Error(string code, long offset, string message)
    {
        _diagnostics.Add(Diagnostic.Error(code, message, "take a fresh copy of dtbo.img") with { Offset = offset });
        return null;
    }
}
