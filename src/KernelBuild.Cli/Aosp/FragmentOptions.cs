using System.Globalization;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>mkbootimg's options of ramdisk fragments: type, name and board id stand in front of the fragment they belong to.</summary>
internal static class FragmentOptions
{
    private const string BoardId = "board_id";

    public static string[] Names { get; } =
        [
            "vendor_ramdisk_fragment", "ramdisk_type", "ramdisk_name",
            .. Enumerable.Range(0, VendorBootFields.EntryBoardIdWords).Select(i => BoardId + i.ToString(CultureInfo.InvariantCulture)),
        ];

    /// <exception cref="Diagnostics.DiagnosticException">KB9010 or KB9012.</exception>
    public static List<VendorRamdiskContents> Read(AospArguments parsed)
    {
        var fragments = new List<VendorRamdiskContents>();
        var next = new VendorRamdiskContents(default, Type: 0);
        foreach (var (name, value) in parsed.Ordered)
        {
            if (name == "vendor_ramdisk_fragment")
            {
                fragments.Add(next with { Content = InputFile.Read(value) });
                next = new VendorRamdiskContents(default, Type: 0);
            }
            else if (name == "ramdisk_type")
            {
                next = next with { Type = TypeOf(value) };
            }
            else if (name == "ramdisk_name")
            {
                next = next with { Name = value };
            }
            else if (name.StartsWith(BoardId, StringComparison.Ordinal))
            {
                var word = int.Parse(name.AsSpan(BoardId.Length), CultureInfo.InvariantCulture);
                next = next with { BoardId = next.BoardId.SetItem(word, (uint)AospArguments.Parse(name, value, uint.MaxValue)) };
            }
        }

        return fragments;
    }

    private static uint TypeOf(string value) => value.ToUpperInvariant() switch
    {
        "NONE" => 0,
        "PLATFORM" => 1,
        "RECOVERY" => 2,
        "DLKM" => 3,
        _ => (uint)AospArguments.Parse("ramdisk_type", value, 3),
    };
}
