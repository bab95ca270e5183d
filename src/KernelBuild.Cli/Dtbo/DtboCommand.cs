using System.CommandLine;
using System.Globalization;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Dtbo;

/// <summary><c>kernelbuild dtbo …</c>.</summary>
internal static class DtboCommand
{
    public static Command Create(ReadOnlyMemory<string> arguments) =>
        new Command("dtbo", "Tables of device-tree overlays.\n\nExample: kernelbuild dtbo info dtbo.img")
        .With(
            arguments,
            ("info", _ => CreateInfo()),
            ("unpack", _ => DtboUnpackCommand.Create()),
            ("pack", _ => DtboPackCommand.Create()),
            ("set", _ => DtboSetCommand.Create()));

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
                    DtboReport.Of(image.Path, dtbo) with { Findings = [.. image.Findings.Select(FindingInfo.From)] },
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
                    + $"{string.Join(' ', entry.Custom.Select(c => $"0x{c:x}"))}{Compression(dtbo, entry)}"));
            }

            foreach (var finding in image.Findings)
            {
                FindingText.Write(finding, output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    internal static (InputImage Image, DtboImage Dtbo) Read(string path)
    {
        var image = InputImage.Read(path);
        return image.File.Dtbo is { } dtbo
            ? (image, dtbo)
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.BootImageMagicMissing, "the file is not a dtbo image", "give dtbo.img") with { File = path });
    }

    private static string Compression(DtboImage dtbo, DtboEntry entry) =>
        DtboCompression.NameOf(dtbo.Version, entry.Custom[0]) is { } name ? "  " + name : "";
}
