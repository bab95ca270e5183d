using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Dtbo;

/// <summary><c>kernelbuild dtbo …</c>.</summary>
internal static class DtboCommand
{
    private const string ListName = "dtbo.json";

    public static Command Create(ReadOnlyMemory<string> arguments) =>
        new Command("dtbo", "Tables of device-tree overlays.\n\nExample: kernelbuild dtbo info dtbo.img")
        .With(
            arguments,
            ("info", _ => CreateInfo()),
            ("unpack", _ => CreateUnpack()),
            ("pack", _ => CreatePack()));

    private static Command CreateInfo()
    {
        var file = Arguments.File("FILE", "A dtbo image");
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command("info", "Shows the table.\n\nExample: kernelbuild dtbo info dtbo.img") { file, json };
        command.OnRun((result, output, _) =>
        {
            var (image, dtbo) = Read(result.GetValue(file)!);
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output,
                    Report(image.Path, dtbo, null) with { Findings = [.. image.Findings.Select(FindingInfo.From)] },
                    DtboJson.Default.DtboReport);
                return ExitCode.Done;
            }

            output.WriteLine(Printable.Text(string.Create(
                CultureInfo.InvariantCulture,
                $"{image.Path}: dtbo image version {dtbo.Version}, {Counted.Of(dtbo.Entries.Length, "entry", "entries")}, {dtbo.TotalSize} "
                + $"bytes")));
            foreach (var (entry, i) in dtbo.Entries.Select((entry, i) => (entry, i)))
            {
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {i,3}  offset 0x{entry.Offset:x8}  size {entry.Size,8}  id 0x{entry.Id:x8}  rev 0x{entry.Revision:x8}  custom "
                    + $"{string.Join(' ', entry.Custom.Select(c => $"0x{c:x}"))}"));
            }

            foreach (var finding in image.Findings)
            {
                FindingText.Write(finding, output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateUnpack()
    {
        var file = Arguments.File("FILE", "A dtbo image");
        var folder = Arguments.Text("--output", "The folder; FILE.unpacked otherwise", "-o");
        var command = new Command(
            "unpack",
            "Writes each overlay into a folder, and a list from which pack makes the image again.\n\nExample: kernelbuild dtbo unpack "
            + "dtbo.img -o dtbo") { file, folder };
        command.OnRun((result, output, _) =>
        {
            var (image, dtbo) = Read(result.GetValue(file)!);
            var target = result.GetValue(folder) ?? image.Path + ".unpacked";
            OutputFile.MakeFolder(target);
            var names = new Dictionary<(uint, uint), string>();
            foreach (var entry in dtbo.Entries)
            {
                // Entries that share their overlay share its file.
                var name = names.TryGetValue((entry.Offset, entry.Size), out var known)
                    ? known
                    : string.Create(CultureInfo.InvariantCulture, $"overlay_{names.Count:00}.dtbo");
                if (names.TryAdd((entry.Offset, entry.Size), name))
                {
                    OutputFile.Write(Path.Combine(target, name), entry.Content);
                }
            }

            var report = Report(image.Path, dtbo, names);
            OutputFile.Write(Path.Combine(target, ListName), JsonSerializer.SerializeToUtf8Bytes(report, DtboListJson.Default.DtboReport));
            output.WriteLine(Printable.Text(
                $"{target}: {Counted.Of(names.Count, "overlay")} of {Counted.Of(dtbo.Entries.Length, "entry", "entries")}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreatePack()
    {
        var folder = Arguments.File("FOLDER", "What dtbo unpack made");
        var output = new Option<string>("--output", "-o") { Description = "The image to write", Required = true };
        var command = new Command(
            "pack",
            "Makes a dtbo image of an unpacked one; overlays follow one another without alignment, equal ones are stored once.\n\nExample: "
            + "kernelbuild dtbo pack dtbo -o dtbo.img") { folder, output };
        command.OnRun((result, writer, _) =>
        {
            var source = result.GetValue(folder)!;
            var list = ReadList(Path.Combine(source, ListName));
            var bytes = DtboWriter.Write(new DtboContents
            {
                Version = list.Version,
                PageSize = list.PageSize,
                Entries =
                [
                    .. list.Entries.Select(e => new DtboEntryContents(
                        InputFile.Read(Path.Combine(source, e.File!)), e.Id, e.Revision, e.Custom[0], e.Custom[1], e.Custom[2],
                        e.Custom[3])),
                ],
            });
            var path = result.GetValue(output)!;
            OutputFile.Write(path, bytes);
            writer.WriteLine(Printable.Text($"{path}: {bytes.Length} bytes, {Counted.Of(list.Entries.Count, "entry", "entries")}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static DtboReport ReadList(string path)
    {
        try
        {
            if (JsonSerializer.Deserialize(InputFile.Read(path).Span, DtboListJson.Default.DtboReport) is { Entries: not null } list
                && list.Entries.All(e =>
                    e is { File.Length: > 0, Custom.Count: DtboFields.CustomWords } && e.File == Path.GetFileName(e.File)
                        && e.File is not ("." or "..")))
            {
                return list;
            }
        }
        catch (JsonException)
        {
            // the finding below says it
        }

        throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.UnpackedFolderInvalid, "the file is not the list of an unpacked dtbo image",
            "unpack the image again: kernelbuild dtbo unpack") with { File = path });
    }

    private static DtboReport Report(string file, DtboImage dtbo, Dictionary<(uint, uint), string>? names) => new(
        file, dtbo.Version, dtbo.TotalSize, dtbo.PageSize,
        [.. dtbo.Entries.Select(e => new DtboEntryInfo(names?[(e.Offset, e.Size)], e.Offset, e.Size, e.Id, e.Revision, e.Custom))]);

    private static (InputImage Image, DtboImage Dtbo) Read(string path)
    {
        var image = InputImage.Read(path);
        return image.File.Dtbo is { } dtbo
            ? (image, dtbo)
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.BootImageMagicMissing, "the file is not a dtbo image", "give dtbo.img") with { File = path });
    }
}
