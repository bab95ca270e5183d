using System.Collections.Immutable;
using System.Text;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>Builds the ramdisk section of a version 4 vendor_boot image anew, with the fragments of a list.</summary>
/// <param name="old">The image.</param>
/// <param name="edits">All fragments that it is to have, in their order.</param>
internal sealed class FragmentTable(VendorBootImage old, ImmutableArray<FragmentEdit> edits)
{
    private const int LongestName = VendorBootFields.EntryNameLength - 1;
    private const uint HighestType = 3;

    /// <param name="store">Stores the content of a new fragment: its number, its edit.</param>
    /// <exception cref="DiagnosticException">KB5031, KB5024 or KB5003: the image has no table, or cannot have this one.</exception>
    public (byte[] Ramdisk, byte[] Table) Build(Func<int, FragmentEdit, ReadOnlyMemory<byte>> store)
    {
        Check();
        using var section = new MemoryStream();
        var entryLength = (int)old.Header.TableEntrySize;
        var table = new byte[edits.Length * entryLength];
        for (var i = 0; i < edits.Length; i++)
        {
            var edit = edits[i];
            var content = edit.From is { } from ? old.Ramdisks[from].Content : store(i, edit);
            var rest = edit.From is { } same ? old.Ramdisks[same].Entry.Rest : new byte[entryLength - VendorBootFields.EntryLength];
            // a name that stays may be one that no text stands for
            var name = edit.From is { } named && old.Ramdisks[named].Name == edit.Name
                ? old.Ramdisks[named].Entry.NameField
                : HeaderText.Field(Encoding.UTF8.GetBytes(edit.Name), VendorBootFields.EntryNameLength);
            new VendorRamdiskEntry((uint)content.Length, (uint)section.Length, edit.Type, name, edit.BoardId, rest)
                .Write(table.AsSpan(i * entryLength));
            section.Write(content.Span);
        }

        return (section.ToArray(), table);
    }

    private void Check()
    {
        if (old.HeaderVersion < 4 || old.Ramdisks.IsEmpty)
        {
            throw ImageEditor.NoSuchSection("ramdisk fragment", "a vendor_boot image without a ramdisk table", "set the whole ramdisk");
        }

        if (edits.IsEmpty)
        {
            throw Impossible("the last ramdisk fragment cannot be taken away", "a device does not start without one");
        }

        if (old.Header.TableEntrySize < VendorBootFields.EntryLength)
        {
            throw Impossible($"the entries of the ramdisk table have {old.Header.TableEntrySize} bytes", "take a fresh copy of the image");
        }

        foreach (var edit in edits)
        {
            // what the image has already, its bootloader takes
            var kept = edit.From is { } at ? old.Ramdisks[at] : null;
            var length = Encoding.UTF8.GetByteCount(edit.Name);
            if (edit.Name != kept?.Name && (length > LongestName || edit.Name.Contains('\0', StringComparison.Ordinal) || edit.Name == "default"))
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.BootImageFieldTooLong,
                    edit.Name == "default"
                        ? "no ramdisk fragment may be called \"default\", Android's name for all of them together"
                        : $"the name of a ramdisk fragment has {length} bytes or a NUL, and there is room for {LongestName}",
                    "choose another name"));
            }

            if (edit.Type > HighestType && edit.Type != kept?.Type)
            {
                throw Impossible($"there is no ramdisk fragment of the type {edit.Type}", "one of none, platform, recovery, dlkm");
            }
        }

        if (edits.GroupBy(edit => edit.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any()) is { } twice
            && twice.Any(edit => edit.From is not { } from || old.Ramdisks[from].Name != edit.Name))
        {
            throw Impossible($"two ramdisk fragments would be called \"{HeaderText.Printable(twice.Key)}\"", "choose another name");
        }
    }

    private static DiagnosticException Impossible(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.VendorRamdiskTableInvalid, message, fix));
}
