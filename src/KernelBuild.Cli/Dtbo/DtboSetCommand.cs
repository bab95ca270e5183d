using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Editing;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;
using KernelBuild.DeviceTrees.Blob;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Dtbo;

/// <summary><c>kernelbuild dtbo set IMAGE N --tree FILE</c>.</summary>
internal static class DtboSetCommand
{
    public static Command Create()
    {
        var image = Arguments.File("IMAGE", "A dtbo image");
        var number = new Argument<string>("N") { Description = "Which entry, counted from 0; kernelbuild dtbo info shows them" };
        var tree = Arguments.Text("--tree", "The overlay: a .dtbo that dtc made; compressed as the entry's flags say");
        var id = Arguments.Text("--id", "The entry's id; the old one otherwise");
        var revision = Arguments.Text("--rev", "The entry's revision; the old one otherwise");
        var custom = new Option<string[]>("--custom") { Description = "WORD=NUMBER, a custom word from 0 to 3; may be repeated" };
        var vbmeta = new VbmetaOptions();
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var options = new EditOptions();
        var output = new OutputOptions();
        var command = new Command(
            "set",
            "Replaces one overlay of a dtbo image, or what the bootloader chooses it by; all else stays, and AVB data is renewed.\n\n"
            + "Example: kernelbuild dtbo set dtbo.img 7 --tree board.dtbo --key key.pem -o new-dtbo.img")
        {
            image, number, tree, id, revision, custom, json,
        };
        foreach (var option in options.SigningAvb2)
        {
            command.Options.Add(option);
        }

        vbmeta.AddTo(command);
        output.AddTo(command);
        command.OnRun((result, writer, _) =>
        {
            var (old, dtbo) = DtboCommand.Read(result.GetValue(image)!);
            var place = output.Of(result, old.Path);
            var at = Number(result.GetValue(number)!, dtbo, old.Path);
            var contents = Contents(dtbo.Entries[at], result.GetValue(tree), result.GetValue(custom) ?? []);
            contents = contents with
            {
                Id = Word("--id", result.GetValue(id)) ?? contents.Id,
                Revision = Word("--rev", result.GetValue(revision)) ?? contents.Revision,
            };
            ImmutableArray<DtboEdit> entries =
            [
                .. dtbo.Entries.Select((entry, i) => new DtboEdit(
                    i, i == at ? contents : new DtboEntryContents(
                        entry.Content, entry.Id, entry.Revision, entry.Custom[0], entry.Custom[1], entry.Custom[2], entry.Custom[3]))),
            ];
            using var keys = options.ReadKeys(result, old.File, needsAvb: vbmeta.IsGiven(result));
            var edits = options.ReadStorage(result, keys) with { DtboEntries = entries };
            options.RequireEffect(result, old.File, edits, vbmeta.Signing(result));
            vbmeta.Write(
                result, (old, ImageEditor.Apply(old.File, edits), place), keys.Avb, options.KeySource(result), output.IsInPlace(result),
                result.GetValue(json), writer);
            return ExitCode.Done;
        });
        return command;
    }

    private static DtboEntryContents Contents(DtboEntry old, string? tree, string[] custom)
    {
        var words = old.Custom.ToArray();
        foreach (var text in custom)
        {
            var parts = text.Split('=', 2);
            if (parts is not [[>= '0' and <= '3'], var value])
            {
                throw CommandFrame.Usage($"--custom takes WORD=NUMBER with a word from 0 to 3, not '{text}'", "such as --custom 0=0x1");
            }

            words[parts[0][0] - '0'] = Word("--custom", value)!.Value;
        }

        var content = old.Content;
        if (tree is not null)
        {
            content = InputFile.Read(tree);
            if (!DeviceTreeBlob.IsWhole(content.Span))
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.DeviceTreeBlobInvalid, "the file is no device tree blob, or not a whole one",
                    "compile the source: dtc -@ -O dtb -o board.dtbo board.dtso") with { File = tree });
            }
        }

        return new DtboEntryContents(content, old.Id, old.Revision, words[0], words[1], words[2], words[3]);
    }

    private static int Number(string text, DtboImage dtbo, string path) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < dtbo.Entries.Length
            ? number
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, $"the image has {dtbo.Entries.Length} entries, counted from 0, and '{text}' is none of them",
                "kernelbuild dtbo info shows them") with { File = path });

    private static uint? Word(string option, string? text) => text is null ? null : (uint)Numbers.Parse(option, text, uint.MaxValue);
}
