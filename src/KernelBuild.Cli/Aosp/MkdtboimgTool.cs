using System.Globalization;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary><c>kernelbuild mkdtboimg create|cfg_create|dump</c>: AOSP's mkdtboimg.</summary>
internal static class MkdtboimgTool
{
    private static readonly string[] EntryOptions = ["id", "rev", "flags", "custom0", "custom1", "custom2", "custom3"];
    private static readonly string[] GlobalOptions = ["dt_type", "page_size", "version", .. EntryOptions];
    private static readonly Dictionary<string, string> DumpAliases = new(StringComparer.Ordinal) { ["-o"] = "output", ["-b"] = "dtb" };
    private static readonly Dictionary<string, string> ConfigurationAliases = new(StringComparer.Ordinal) { ["-d"] = "dtb-dir" };

    public static int Run(string[] arguments, TextWriter output, TextWriter errors) => arguments.FirstOrDefault() switch
    {
        "create" => Create(arguments[1..]),
        "cfg_create" => CreateFromConfiguration(arguments[1..]),
        "dump" => Dump(arguments[1..], output),
        var verb => throw CommandFrame.Usage($"mkdtboimg has no command '{verb}' here", "one of create, cfg_create, dump"),
    };

    private static int Create(string[] arguments)
    {
        // Options in front of the first file are for all of them, options behind a file for that one.
        var files = new List<(string File, Dictionary<string, string> Options)>();
        var global = new Dictionary<string, string>(StringComparer.Ordinal);
        string? image = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
            {
                if (image is null)
                {
                    image = arguments[i];
                }
                else
                {
                    files.Add((arguments[i], new Dictionary<string, string>(global, StringComparer.Ordinal)));
                }

                continue;
            }

            var count = arguments[i].Contains('=', StringComparison.Ordinal) ? 1 : 2;
            var (name, value) = AospArguments.Parse(arguments[i..Math.Min(i + count, arguments.Length)], GlobalOptions, []).Ordered[0];
            (files.Count == 0 ? global : files[^1].Options)[name] = value;
            i += count - 1;
        }

        return Write(image, global, [.. files.Select(file => (file.File, (IReadOnlyDictionary<string, string>)file.Options))]);
    }

    private static int CreateFromConfiguration(string[] arguments)
    {
        var parsed = AospArguments.Parse(arguments, ["dtb-dir"], [], ConfigurationAliases);
        if (parsed.Positional.Count != 2)
        {
            throw CommandFrame.Usage("cfg_create wants IMAGE and CONFIGURATION", "mkdtboimg cfg_create dtbo.img dtboimg.cfg");
        }

        var folder = parsed.Text("dtb-dir") ?? "";
        var configuration = DtboConfiguration.Parse(System.Text.Encoding.UTF8.GetString(InputFile.Read(parsed.Positional[1]).Span));
        return Write(
            parsed.Positional[0],
            configuration.Globals,
            [.. configuration.Files.Select(file => (Path.Combine(folder, file.Name), (IReadOnlyDictionary<string, string>)file.Options))]);
    }

    private static int Write(
        string? image, IReadOnlyDictionary<string, string> global,
        IReadOnlyList<(string File, IReadOnlyDictionary<string, string> Options)> files)
    {
        if (image is null)
        {
            throw CommandFrame.Usage("no image is named", "mkdtboimg create dtbo.img a.dtbo b.dtbo");
        }

        var version = Number(global, "version");
        var bytes = DtboWriter.Write(new DtboContents
        {
            Version = version,
            PageSize = global.ContainsKey("page_size") ? Number(global, "page_size") : DtboFields.DefaultPageSize,
            IsAcpi = global.GetValueOrDefault("dt_type") == "acpi",
            Entries = [.. files.Select(f => new DtboEntryContents(
                DtboCompression.Store(version, Number(f.Options, "flags"), InputFile.Read(f.File)), Number(f.Options, "id"),
                    Number(f.Options, "rev"),
                version == 1 ? Number(f.Options, "flags") : Number(f.Options, "custom0"),
                version == 1 ? Number(f.Options, "custom0") : Number(f.Options, "custom1"),
                version == 1 ? Number(f.Options, "custom1") : Number(f.Options, "custom2"),
                version == 1 ? Number(f.Options, "custom2") : Number(f.Options, "custom3")))],
        });
        OutputFile.Write(image, bytes);
        return ExitCode.Done;
    }

    private static int Dump(string[] arguments, TextWriter output)
    {
        var parsed = AospArguments.Parse(arguments, ["output", "dtb"], ["decompress"], DumpAliases);
        var file = InputImage.Read(
            parsed.Positional.FirstOrDefault() ?? throw CommandFrame.Usage("no image is named", "mkdtboimg dump dtbo.img"));
        var dtbo = file.File.Dtbo ?? throw CommandFrame.Usage("the file is no dtbo image", "give dtbo.img");
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        text.WriteLine("dt_table_header:");
        foreach (var (name, value) in new[]
        {
            ("magic", dtbo.IsAcpi ? "41435049" : "d7b7ab1e"), ("total_size", $"{dtbo.TotalSize}"), ("header_size", "32"),
            ("dt_entry_size", $"{dtbo.EntrySize}"),
            ("dt_entry_count", $"{dtbo.Entries.Length}"), ("dt_entries_offset", $"{dtbo.EntriesOffset}"), ("page_size", $"{dtbo.PageSize}"),
            ("version", $"{dtbo.Version}"),
        })
        {
            text.WriteLine($"{name,20} = {value}");
        }

        foreach (var (entry, i) in dtbo.Entries.Select((entry, i) => (entry, i)))
        {
            text.WriteLine($"dt_table_entry[{i}]:");
            foreach (var (name, value) in new[]
            {
                ("dt_size", $"{entry.Size}"),
                ("dt_offset", $"{entry.Offset}"),
                ("id", $"{entry.Id:x8}"),
                ("rev", $"{entry.Revision:x8}"),
            }
                .Concat(entry.Custom.Select((word, c) =>
                    (dtbo.Version == 1 ? c == 0 ? "flags" : $"custom[{c - 1}]" : $"custom[{c}]", $"{word:x8}"))))
            {
                text.WriteLine($"{name,20} = {value}");
            }

            if (parsed.Text("dtb") is { } prefix)
            {
                OutputFile.Write($"{prefix}.{i}", parsed.Has("decompress") ? Decompressed(dtbo, entry, i) : entry.Content);
            }
        }

        if (parsed.Text("output") is { } path)
        {
            OutputFile.Write(path, System.Text.Encoding.UTF8.GetBytes(text.ToString()));
        }
        else
        {
            output.Write(text.ToString());
        }

        return ExitCode.Done;
    }

    private static ReadOnlyMemory<byte> Decompressed(DtboImage dtbo, DtboEntry entry, int number) =>
        DtboCompression.TryRead(dtbo.Version, entry, out var content, out var error)
            ? content
            : throw new DiagnosticException(error with { Message = $"overlay {number}: {error.Message}" });

    private static uint Number(IReadOnlyDictionary<string, string> options, string name) =>
        options.TryGetValue(name, out var text) ? (uint)AospArguments.Parse(name, text, uint.MaxValue) : 0;
}
