using System.Globalization;
using System.Text;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>mkdtboimg's <c>dump</c>.</summary>
internal static class MkdtboimgDump
{
    public static AospSyntax Syntax { get; } = new(
        "mkdtboimg dump", "Prints the table of an image, and writes its overlays.",
        [
            new("output", "FILE", "Where to write; to standard output otherwise") { Aliases = ["-o"] },
            new("dtb", "FILE", "Writes the overlays, into FILE.0, FILE.1, …") { Aliases = ["-b"] },
            new("decompress", null, "Writes them decompressed"),
        ])
    { Positional = "IMAGE" };

    public static int Run(AospArguments parsed, TextWriter output)
    {
        if (parsed.Positional.Count != 1)
        {
            throw CommandFrame.Usage("one image is wanted", "mkdtboimg dump dtbo.img");
        }

        if (parsed.Has("decompress") && !parsed.Has("dtb"))
        {
            throw CommandFrame.Usage("--decompress is for the overlays that --dtb writes", "give --dtb, too");
        }

        var dtbo = InputImage.Read(parsed.Positional[0]).File.Dtbo ?? throw CommandFrame.Usage("the file is no dtbo image", "give dtbo.img");
        if (parsed.Text("dtb") is { } prefix)
        {
            foreach (var (entry, i) in dtbo.Entries.Select((entry, i) => (entry, i)))
            {
                OutputFile.Write(
                    string.Create(CultureInfo.InvariantCulture, $"{prefix}.{i}"),
                    parsed.Has("decompress") ? Decompressed(dtbo, entry, i) : entry.Content);
            }
        }

        AvbtoolTool.Write(parsed, Describe(dtbo), output);
        return ExitCode.Done;
    }

    private static string Describe(DtboImage dtbo)
    {
        var text = new StringBuilder("dt_table_header:\n");
        Row(text, "magic", dtbo.IsAcpi ? "41435049" : "d7b7ab1e");
        Row(text, "total_size", $"{dtbo.TotalSize}");
        Row(text, "header_size", "32");
        Row(text, "dt_entry_size", $"{dtbo.EntrySize}");
        Row(text, "dt_entry_count", $"{dtbo.Entries.Length}");
        Row(text, "dt_entries_offset", $"{dtbo.EntriesOffset}");
        Row(text, "page_size", $"{dtbo.PageSize}");
        Row(text, "version", $"{dtbo.Version}");
        foreach (var (entry, i) in dtbo.Entries.Select((entry, i) => (entry, i)))
        {
            text.Append(CultureInfo.InvariantCulture, $"dt_table_entry[{i}]:\n");
            Row(text, "dt_size", $"{entry.Size}");
            Row(text, "dt_offset", $"{entry.Offset}");
            Row(text, "id", $"{entry.Id:x8}");
            Row(text, "rev", $"{entry.Revision:x8}");
            foreach (var (word, c) in entry.Custom.Select((word, c) => (word, c)))
            {
                Row(text, dtbo.Version == 1 ? c == 0 ? "flags" : $"custom[{c - 1}]" : $"custom[{c}]", $"{word:x8}");
            }
        }

        return text.ToString();
    }

    private static void Row(StringBuilder text, string name, string value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name,20} = {value}\n");

    private static ReadOnlyMemory<byte> Decompressed(DtboImage dtbo, DtboEntry entry, int number) =>
        DtboCompression.TryRead(dtbo.Version, entry, out var content, out var error)
            ? content
            : throw new DiagnosticException(error with { Message = $"overlay {number}: {error.Message}" });
}
