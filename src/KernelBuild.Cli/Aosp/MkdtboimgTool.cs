using System.Collections.Immutable;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary><c>kernelbuild mkdtboimg create|cfg_create|dump|help</c>: AOSP's mkdtboimg.</summary>
internal static class MkdtboimgTool
{
    private const string Default = " (0)";

    private static readonly ImmutableArray<AospOption> _entry =
    [
        new("id", "NUMBER", "Of an overlay, or of all in front of the first: its id" + Default),
        new("rev", "NUMBER", "Of an overlay, or of all in front of the first: its revision" + Default),
        new("flags", "NUMBER", "Of an overlay, or of all in front of the first: its flags, in version 1" + Default),
        .. Enumerable.Range(0, 4).Select(i => new AospOption(
            "custom" + (char)('0' + i), "NUMBER", "Of an overlay, or of all in front of the first: a word of its own" + Default)),
    ];

    private static readonly ImmutableArray<AospOption> _image =
    [
        new("dt_type", "TYPE", "What is in the image; dtb otherwise") { Choices = ["dtb", "acpi"] },
        new("page_size", "NUMBER", "What the header says of pages; 2048 otherwise"),
        new("version", "NUMBER", "The version of the header, 0 (otherwise) or 1"),
    ];

    private static readonly AospSyntax _create = new(
        "mkdtboimg create", "Makes an image of overlays.", [.. _image, .. _entry])
    { Positional = "IMAGE [OVERLAY [options of it] ...]" };

    private static readonly AospSyntax _fromConfiguration = new(
        "mkdtboimg cfg_create", "Makes an image as a configuration file says.",
        [new("dtb-dir", "FOLDER", "Where the overlays are looked for; here otherwise") { Aliases = ["-d"] }])
    { Positional = "IMAGE CONFIGURATION" };

    public static IEnumerable<AospSyntax> Syntaxes => [_create, _fromConfiguration, MkdtboimgDump.Syntax];

    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        var verb = arguments.FirstOrDefault();
        if (verb is "help" or "-h" or "--help")
        {
            var topic = arguments.ElementAtOrDefault(1);
            var named = Syntaxes.Where(one => topic == "all" || one.Program == "mkdtboimg " + topic).ToArray();
            output.Write(named.Length == 0
                ? AospTool.HelpOfVerbs("mkdtboimg", "Images of device-tree overlays.", Syntaxes)
                : string.Join('\n', named.Select(one => one.Help())));
            return ExitCode.Done;
        }

        var syntax = Syntaxes.FirstOrDefault(one => one.Program == "mkdtboimg " + verb)
            ?? throw CommandFrame.Usage($"mkdtboimg has no command '{verb}' here", "one of create, cfg_create, dump, help");
        if (syntax.Parse(arguments[1..], output) is not { } parsed)
        {
            return ExitCode.Done;
        }

        if (syntax == MkdtboimgDump.Syntax)
        {
            return MkdtboimgDump.Run(parsed, output);
        }

        return syntax == _create ? Create(parsed) : CreateFromConfiguration(parsed);
    }

    /// <summary>Options in front of the first file are for all of them, options behind a file for that one.</summary>
    private static int Create(AospArguments parsed)
    {
        var global = new Dictionary<string, string>(StringComparer.Ordinal);
        var own = parsed.Positional.Skip(1).Select(_ => new Dictionary<string, string>(StringComparer.Ordinal)).ToArray();
        foreach (var ((name, value), before) in parsed.Ordered.Zip(parsed.PositionalBefore))
        {
            if (before > 1 && _image.Any(option => option.Name == name))
            {
                throw CommandFrame.Usage($"--{name} is for the whole image", "put it in front of the first overlay");
            }

            (before <= 1 ? global : own[before - 2])[name] = value;
        }

        return Write(
            parsed.Positional.FirstOrDefault(), global,
            [.. parsed.Positional.Skip(1).Zip(own, (file, options) => (file, (IReadOnlyDictionary<string, string>)With(global, options)))]);
    }

    private static int CreateFromConfiguration(AospArguments parsed)
    {
        if (parsed.Positional.Count != 2)
        {
            throw CommandFrame.Usage("cfg_create wants IMAGE and CONFIGURATION", "mkdtboimg cfg_create dtbo.img dtboimg.cfg");
        }

        var folder = parsed.Text("dtb-dir") ?? "";
        var path = parsed.Positional[1];
        var configuration = DtboConfiguration.Parse(System.Text.Encoding.UTF8.GetString(InputFile.Read(path).Span));
        RequireKnown(path, configuration.Globals.Keys, [.. _image, .. _entry]);
        RequireKnown(path, configuration.Files.SelectMany(file => file.Options.Keys).Except(configuration.Globals.Keys), _entry);
        return Write(
            parsed.Positional[0],
            configuration.Globals,
            [.. configuration.Files.Select(file => (Path.Combine(folder, file.Name), (IReadOnlyDictionary<string, string>)file.Options))]);
    }

    private static void RequireKnown(string path, IEnumerable<string> names, ImmutableArray<AospOption> options)
    {
        foreach (var name in names.Where(name => options.All(option => option.Name != name)))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, $"the configuration has the option '{Printable.Text(name)}', which there is not in that place",
                "one of " + string.Join(", ", options.Select(option => option.Name))) with { File = path });
        }
    }

    private static int Write(
        string? image, IReadOnlyDictionary<string, string> global,
        IReadOnlyList<(string File, IReadOnlyDictionary<string, string> Options)> files)
    {
        if (image is null)
        {
            throw CommandFrame.Usage("no image is named", "mkdtboimg create dtbo.img a.dtbo b.dtbo");
        }

        if (files.Count == 0)
        {
            throw CommandFrame.Usage("no overlay is named", "mkdtboimg create dtbo.img a.dtbo b.dtbo");
        }

        if (global.ContainsKey("page_size") && Number(global, "page_size") == 0)
        {
            throw CommandFrame.Usage("page_size: a page has no 0 bytes", "2048 as a rule");
        }

        var version = Number(global, "version");
        var bytes = DtboWriter.Write(new DtboContents
        {
            Version = version,
            PageSize = global.ContainsKey("page_size") ? Number(global, "page_size") : DtboFields.DefaultPageSize,
            IsAcpi = global.GetValueOrDefault("dt_type") == "acpi",
            Entries = [.. files.Select(file => Entry(version, file.File, file.Options))],
        });
        OutputFile.Write(image, bytes);
        return ExitCode.Done;
    }

    private static DtboEntryContents Entry(uint version, string file, IReadOnlyDictionary<string, string> options)
    {
        // version 1 has the flags in the place of the first of four words of its own, of which the last is then none
        string[] words = version == 1 ? ["flags", "custom0", "custom1", "custom2"] : ["custom0", "custom1", "custom2", "custom3"];
        var unstored = version == 1 ? "custom3" : "flags";
        if (Number(options, unstored) != 0)
        {
            throw CommandFrame.Usage($"a version {version} image has no {unstored}", "leave it out, or give the other --version");
        }

        return new DtboEntryContents(
            DtboCompression.Store(version, Number(options, "flags"), InputFile.Read(file)), Number(options, "id"), Number(options, "rev"),
            Number(options, words[0]), Number(options, words[1]), Number(options, words[2]), Number(options, words[3]));
    }

    private static Dictionary<string, string> With(Dictionary<string, string> global, Dictionary<string, string> own)
    {
        var all = new Dictionary<string, string>(global, StringComparer.Ordinal);
        foreach (var (name, value) in own)
        {
            all[name] = value;
        }

        return all;
    }

    /// <exception cref="DiagnosticException">KB9010.</exception>
    private static uint Number(IReadOnlyDictionary<string, string> options, string name) =>
        !options.TryGetValue(name, out var text)
            ? 0
            : DtboNumber.TryParse(text, out var value)
                ? value
                : throw CommandFrame.Usage(
                    $"{name}: '{Printable.Text(text)}' is no number", "write it in decimal, with 0x, or in octal with a leading 0");
}
