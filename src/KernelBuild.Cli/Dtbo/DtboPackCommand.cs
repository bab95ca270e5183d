using System.Buffers;
using System.Collections.Immutable;
using System.CommandLine;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Verification;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Dtbo;

/// <summary><c>kernelbuild dtbo pack FOLDER -o IMAGE</c>.</summary>
internal static class DtboPackCommand
{
    public static Command Create()
    {
        var folder = Arguments.File("FOLDER", "What dtbo unpack made");
        var output = new Option<string>("--output", "-o") { Description = "The image to write", Required = true };
        var stock = Arguments.Text("--stock", "The image that was unpacked, when it is no longer where it was");
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var options = new EditOptions();
        var command = new Command(
            "pack",
            "Makes a dtbo image of an unpacked one, of the overlays that were changed since, and of what was changed in its list; all else "
            + "stays, AVB data included. Overlays are compressed as their flags say.\n\nExample: kernelbuild dtbo pack dtbo -o "
            + "new-dtbo.img")
        {
            folder, output, stock, json,
        };
        foreach (var option in options.SigningAvb2)
        {
            command.Options.Add(option);
        }

        command.OnRun((result, writer, _) =>
        {
            var source = result.GetValue(folder)!;
            var list = UnpackedDtbo.Read(source);
            var (image, dtbo) = DtboCommand.Read(result.GetValue(stock) ?? list.Image);
            if (UnpackFolder.Hash(image.File.Bytes) != list.Sha256)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.UnpackedFolderInvalid, "the image is not the one that was unpacked into the folder",
                    "name that one: --stock IMAGE") with
                { File = image.Path, Expected = list.Sha256 });
            }

            var place = OutputOptions.Another(result.GetValue(output)!, image.Path, "--output", "kernelbuild dtbo set --in-place");
            var entries = Entries(source, list, dtbo);
            using var keys = options.ReadKeys(result, image.File);
            var edits = options.ReadStorage(result, keys) with { DtboEntries = entries };
            options.RequireEffect(result, image.File, edits);
            var edited = IsSame(entries, dtbo) && !options.HasStorage(result)
                ? new EditedImage(new ReadOnlySequence<byte>(image.File.Bytes), new ImageExpectation(), [])
                : ImageEditor.Apply(image.File, edits);
            EditedFile.Write(image, edited, place, result.GetValue(json), writer);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>What a file that was not touched holds is the stored overlay, compressed or not.</summary>
    private static ImmutableArray<DtboEdit> Entries(string folder, UnpackedDtbo list, DtboImage dtbo)
    {
        var entries = ImmutableArray.CreateBuilder<DtboEdit>();
        foreach (var entry in list.Entries)
        {
            if (entry.From is { } from && (from < 0 || from >= dtbo.Entries.Length))
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.UnpackedFolderInvalid,
                        $"the list says that an entry is number {from} of the image, which has {dtbo.Entries.Length}",
                    "leave \"from\" out for an entry that is new") with
                { File = Path.Combine(folder, UnpackedDtbo.FileName) });
            }

            var content = InputFile.Read(Path.Combine(folder, entry.File));
            var old = entry.From is { } number ? dtbo.Entries[number] : null;
            var isKept = old is not null && UnpackFolder.Hash(content) == entry.Sha256
                && (old.Custom[0] & DtboCompression.Mask) == (entry.Custom[0] & DtboCompression.Mask);
            entries.Add(new DtboEdit(entry.From, entry.Contents(isKept ? old!.Content : content)));
        }

        return entries.ToImmutable();
    }

    private static bool IsSame(ImmutableArray<DtboEdit> entries, DtboImage dtbo) =>
        entries.Length == dtbo.Entries.Length
        && entries.Select((edit, i) => edit.From == i && dtbo.Entries[i] is var old
            && edit.Contents.Content.Span.SequenceEqual(old.Content.Span)
            && edit.Contents.Id == old.Id && edit.Contents.Revision == old.Revision
            && old.Custom.SequenceEqual([edit.Contents.Custom0, edit.Contents.Custom1, edit.Contents.Custom2, edit.Contents.Custom3]))
            .All(isSame => isSame);
}
