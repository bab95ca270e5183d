using System.Buffers;
using System.Collections.Immutable;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Verification;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>Edits of a dtbo image: what stays keeps its place as far as it can, and entries their bytes, ids and order.</summary>
internal sealed class DtboEditor(ImageFile file, ImageEdits edits, List<Diagnostic> notes)
{
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
            || edits.FragmentsByIndex.Count > 0 || !edits.FragmentList.IsDefault
            || edits.CommandLine is not null || edits.OsVersion is not null)
        {
            throw ImageEditor.NoSuchSection("such section or field", "a dtbo image", "give the boot or vendor_boot image");
        }

        var entries = edits.DtboEntries.IsDefault
            ? _old.Entries.Select((entry, i) => new DtboEdit(i, Stored(entry))).ToList()
            : [.. edits.DtboEntries.Select(edit => edit with { Contents = Compressed(edit) })];
        foreach (var overlay in edits.Overlays)
        {
            Put(entries, overlay);
        }

        if (IsUnchanged(entries))
        {
            return (new ReadOnlySequence<byte>(file.Image), new ImageExpectation());
        }

        var bytes = DtboRewriter.Write(_old, entries);
        var tail = file.Footer is null ? AvbEditor.WithoutFill(_old.Tail) : _old.Tail;
        return (
            ByteSequence.Of([bytes, tail]),
            new ImageExpectation { Overlays = [.. entries.Select(entry => ExpectedContent.ExactlyStored(entry.Contents.Content))] });
    }

    private bool IsUnchanged(List<DtboEdit> entries) =>
        entries.Count == _old.Entries.Length
        && entries.Select((edit, i) => edit.From == i && IsSame(edit.Contents, Stored(_old.Entries[i]))).All(isSame => isSame);

    private static bool IsSame(DtboEntryContents one, DtboEntryContents other) =>
        one with { Content = default } == other with { Content = default } && MemoryWindow.AreEqual(one.Content, other.Content);

    /// <summary>An overlay as its entry stores it; one that is still what the old entry holds keeps the old one's bytes.</summary>
    private DtboEntryContents Compressed(DtboEdit edit)
    {
        var contents = edit.Contents;
        if (edit.From is { } from && _old.Entries[from] is var old
            && (old.Custom[0] & DtboCompression.Mask) == (contents.Custom0 & DtboCompression.Mask)
            && (MemoryWindow.AreEqual(old.Content, contents.Content)
                || (DtboCompression.TryRead(_old.Version, old, out var tree, out _) && MemoryWindow.AreEqual(tree, contents.Content))))
        {
            return contents with { Content = old.Content };
        }

        if (edit.From is { } replaced && DtboCompression.TryRead(_old.Version, _old.Entries[replaced], out var before, out _))
        {
            ImageEditor.Judge(SectionFitness.OfTreeAsOverlay(contents.Content.Span, before.Span), notes);
        }

        return contents with { Content = DtboCompression.Store(_old.Version, contents.Custom0, contents.Content) };
    }

    private void Put(List<DtboEdit> entries, DtboEntryContents overlay)
    {
        var found = entries.FindIndex(entry => Ids(entry.Contents).SequenceEqual(Ids(overlay)));
        var name = $"id 0x{overlay.Id:x}, rev 0x{overlay.Revision:x}";
        if (found < 0)
        {
            entries.Add(new DtboEdit(null, overlay));
            notes.Add(ImageEditor.Note($"no entry has {name} and these custom words: the overlay was added as entry {entries.Count - 1}"));
            return;
        }

        if (entries.FindIndex(found + 1, entry => Ids(entry.Contents).SequenceEqual(Ids(overlay))) >= 0)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible, $"several entries have {name} and the same custom words, so it is not clear which to replace",
                "make the image anew, with all its overlays"));
        }

        // stored as the old one is, which is what the bootloader is known to read
        var flags = _old.Version == 1
            ? (overlay.Custom0 & ~DtboCompression.Mask) | (entries[found].Contents.Custom0 & DtboCompression.Mask)
            : overlay.Custom0;
        var replaced = new DtboEdit(entries[found].From, overlay with { Custom0 = flags });
        entries[found] = replaced with { Contents = Compressed(replaced) };
        notes.Add(ImageEditor.Note($"entry {found} ({name}) was replaced"));
    }

    private static DtboEntryContents Stored(DtboEntry entry) => new(
        entry.Content, entry.Id, entry.Revision, entry.Custom[0], entry.Custom[1], entry.Custom[2], entry.Custom[3]);

    /// <summary>What the bootloader chooses by; of version 1's flags without how the entry is compressed.</summary>
    private ImmutableArray<uint> Ids(DtboEntryContents entry) =>
    [
        entry.Id, entry.Revision, _old.Version == 1 ? entry.Custom0 & ~DtboCompression.Mask : entry.Custom0, entry.Custom1, entry.Custom2,
        entry.Custom3,
    ];
}
