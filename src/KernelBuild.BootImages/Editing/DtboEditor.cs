using System.Buffers;
using System.Collections.Immutable;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Verification;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>Edits of a dtbo image: the table is written anew, entries that stay keep their bytes, ids and order.</summary>
internal sealed class DtboEditor(ImageFile file, ImageEdits edits, List<Diagnostic> notes)
{
    /// <summary>The low bits of version 1's flags say how an entry is compressed. Source: AOSP, libufdt/utils/README.md.</summary>
    private const uint CompressionFlags = 0xf;

    private readonly DtboImage _old = file.Dtbo!;

    public static void RefuseOverlays(ImageEdits edits, string what)
    {
        if (!edits.Overlays.IsEmpty)
        {
            throw ImageEditor.NoSuchSection("table of overlays", what, "give the dtbo image");
        }
    }

    public (ReadOnlySequence<byte> Image, ImageExpectation Expectation) Apply()
    {
        if (edits.Kernel is not null || edits.Ramdisk is not null || edits.Second is not null || edits.RecoveryDtbo is not null
            || edits.Dtb is not null || edits.DeviceTreeTable is not null || edits.BootConfig is not null || edits.Fragments.Count > 0
            || edits.CommandLine is not null || edits.OsVersion is not null)
        {
            throw ImageEditor.NoSuchSection("such section or field", "a dtbo image", "give the boot or vendor_boot image");
        }

        if (edits.Overlays.IsEmpty)
        {
            return (new ReadOnlySequence<byte>(file.Image), new ImageExpectation());
        }

        if (_old.EntrySize != DtboFields.EntryLength || _old.Header.HeaderSize != DtboFields.HeaderLength)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible,
                $"the dtbo image has a header of {_old.Header.HeaderSize} and entries of {_old.EntrySize} bytes, which no known tool writes",
                "make the image with its vendor's tool"));
        }

        var entries = _old.Entries.Select(Stored).ToList();
        foreach (var overlay in edits.Overlays)
        {
            Put(entries, overlay);
        }

        var bytes = DtboWriter.Write(new DtboContents
        {
            Version = _old.Version,
            PageSize = _old.PageSize,
            IsAcpi = _old.IsAcpi,
            Entries = [.. entries],
        });
        var expectation = new ImageExpectation { Overlays = [.. entries.Select(entry => ExpectedContent.ExactlyStored(entry.Content))] };
        return (new ReadOnlySequence<byte>(bytes), expectation);
    }

    private void Put(List<DtboEntryContents> entries, DtboEntryContents overlay)
    {
        var found = entries.FindIndex(entry => Ids(entry).SequenceEqual(Ids(overlay)));
        var name = $"id 0x{overlay.Id:x}, rev 0x{overlay.Revision:x}";
        if (found < 0)
        {
            entries.Add(overlay);
            notes.Add(ImageEditor.Note($"no entry has {name} and these custom words: the overlay was added as entry {entries.Count - 1}"));
            return;
        }

        if (entries.FindIndex(found + 1, entry => Ids(entry).SequenceEqual(Ids(overlay))) >= 0)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible, $"several entries have {name} and the same custom words, so it is not clear which to replace",
                "make the image anew, with all its overlays"));
        }

        entries[found] = overlay;
        notes.Add(ImageEditor.Note($"entry {found} ({name}) was replaced"));
    }

    private static DtboEntryContents Stored(DtboEntry entry) => new(
        entry.Content, entry.Id, entry.Revision, entry.Custom[0], entry.Custom[1], entry.Custom[2], entry.Custom[3]);

    /// <summary>What the bootloader chooses by; of version 1's flags without how the entry is compressed.</summary>
    private ImmutableArray<uint> Ids(DtboEntryContents entry) =>
    [
        entry.Id, entry.Revision, _old.Version == 1 ? entry.Custom0 & ~CompressionFlags : entry.Custom0, entry.Custom1, entry.Custom2,
        entry.Custom3,
    ];
}
