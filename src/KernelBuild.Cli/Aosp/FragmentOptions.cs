using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>mkbootimg's options of ramdisk fragments: type, name and board id stand in front of the fragment they belong to.</summary>
internal static class FragmentOptions
{
    private const string BoardId = "board_id";

    public static ImmutableArray<AospOption> All { get; } =
    [
        new("ramdisk_type", "TYPE", "Of the next fragment: none, platform, recovery, dlkm or a number"),
        new("ramdisk_name", "NAME", "Of the next fragment, which must have one"),
        .. Enumerable.Range(0, VendorBootFields.EntryBoardIdWords).Select(i => new AospOption(
            BoardId + i.ToString(CultureInfo.InvariantCulture), "NUMBER", "Of the next fragment: a word of its board id; 0 otherwise")),
        new("vendor_ramdisk_fragment", "VENDOR_RAMDISK_FILE", "A fragment of a version 4 vendor_boot image; may be repeated"),
    ];

    /// <summary>The name of an option of fragments that stands in front of none; null when there is none.</summary>
    public static string? LeftOver(AospArguments parsed)
    {
        var options = parsed.Ordered.Where(option => All.Any(one => one.Name == option.Name)).ToArray();
        return options.Length > 0 && options[^1].Name != "vendor_ramdisk_fragment" ? options[^1].Name : null;
    }

    /// <summary>What the parser of AOSP's tool refuses.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010: a fragment without a name, no type or no number.</exception>
    public static void RefuseValues(AospArguments parsed) => Read(parsed, _ => default);

    /// <exception cref="Diagnostics.DiagnosticException">KB9010 or KB9012.</exception>
    public static List<VendorRamdiskContents> Read(AospArguments parsed) => Read(parsed, InputFile.Read);

    private static List<VendorRamdiskContents> Read(AospArguments parsed, Func<string, ReadOnlyMemory<byte>> read)
    {
        var fragments = new List<VendorRamdiskContents>();
        var next = new VendorRamdiskContents(default, Type: 0);
        string? nameOfNext = null;
        foreach (var (name, value) in parsed.Ordered)
        {
            if (name == "vendor_ramdisk_fragment")
            {
                fragments.Add(next with { Content = read(value), Name = Named(nameOfNext, value) });
                next = new VendorRamdiskContents(default, Type: 0);
                nameOfNext = null;
            }
            else if (name == "ramdisk_type")
            {
                next = next with { Type = TypeOf(value) };
            }
            else if (name == "ramdisk_name")
            {
                nameOfNext = value;
            }
            else if (name.StartsWith(BoardId, StringComparison.Ordinal))
            {
                var word = int.Parse(name.AsSpan(BoardId.Length), CultureInfo.InvariantCulture);
                next = next with { BoardId = next.BoardId.SetItem(word, (uint)AospArguments.Parse(name, value, uint.MaxValue)) };
            }
        }

        return fragments;
    }

    private static string Named(string? name, string file) => name switch
    {
        null => throw CommandFrame.Usage($"the ramdisk fragment {file} has no name", "give it in front: --ramdisk_name NAME"),
        "default" => throw CommandFrame.Usage(
            "no ramdisk fragment may be called \"default\", the name of all of them together", "give it another name"),
        _ => name,
    };

    private static uint TypeOf(string value) => value.ToUpperInvariant() switch
    {
        "NONE" => 0,
        "PLATFORM" => 1,
        "RECOVERY" => 2,
        "DLKM" => 3,
        _ => (uint)AospArguments.Parse("ramdisk_type", value, uint.MaxValue),
    };
}
