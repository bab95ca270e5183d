using System.CommandLine;
using System.Globalization;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Dtbo;

/// <summary><c>kernelbuild dtbo unpack FILE</c>.</summary>
internal static class DtboUnpackCommand
{
    public static Command Create()
    {
        var file = Arguments.File("FILE", "A dtbo image");
        var folder = Arguments.Text("--output", "The folder; FILE.unpacked otherwise", "-o");
        var force = UnpackFolder.ForceOption();
        var command = new Command(
            "unpack",
            "Writes each overlay into a folder, decompressed, and a list from which pack makes the image again.\n\nExample: kernelbuild "
            + "dtbo unpack dtbo.img -o dtbo") { file, folder, force };
        command.OnRun((result, output, _) =>
        {
            var (image, dtbo) = DtboCommand.Read(result.GetValue(file)!);
            var target = result.GetValue(folder) ?? image.Path + ".unpacked";
            var findings = new List<Diagnostic>();
            var (entries, files) = Entries(dtbo, findings);
            var list = new UnpackedDtbo(Path.GetFullPath(image.Path), UnpackFolder.Hash(image.File.Bytes), entries);
            new UnpackFolder(target, result.GetValue(force)).Write(
                [.. files, (UnpackedDtbo.FileName, list.ToBytes())], UnpackedDtbo.HashesIn(target));
            output.WriteLine(Printable.Text(
                $"{target}: {Counted.Of(files.Count, "overlay")} of {Counted.Of(dtbo.Entries.Length, "entry", "entries")}"));
            findings.ForEach(finding => FindingText.Write(finding, output));
            return ExitCode.Done;
        });
        return command;
    }

    private static (IReadOnlyList<UnpackedOverlay> Entries, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> Files) Entries(
        DtboImage dtbo, List<Diagnostic> findings)
    {
        // Entries that share their overlay share its file, when it is compressed in one way.
        var files = new Dictionary<(uint Offset, uint Size, string? Compression), (string Name, ReadOnlyMemory<byte> Content)>();
        var entries = new List<UnpackedOverlay>();
        foreach (var (entry, i) in dtbo.Entries.Select((entry, i) => (entry, i)))
        {
            var key = (entry.Offset, entry.Size, DtboCompression.NameOf(dtbo.Version, entry.Custom[0]));
            if (!files.TryGetValue(key, out var file))
            {
                file = (string.Create(CultureInfo.InvariantCulture, $"overlay_{files.Count:00}.dtbo"), Content(dtbo, entry, i, findings));
                files.Add(key, file);
            }

            entries.Add(new UnpackedOverlay(i, file.Name, UnpackFolder.Hash(file.Content), entry.Id, entry.Revision, entry.Custom));
        }

        return (entries, [.. files.Values]);
    }

    private static ReadOnlyMemory<byte> Content(DtboImage dtbo, DtboEntry entry, int number, List<Diagnostic> findings)
    {
        if (DtboCompression.TryRead(dtbo.Version, entry, out var content, out var error))
        {
            return content;
        }

        findings.Add(error with
        {
            Severity = DiagnosticSeverity.Warning,
            Message = $"overlay {number}, which was written as it is stored: {error.Message}",
            Offset = entry.Offset + (error.Offset ?? 0),
        });
        return entry.Content;
    }
}
