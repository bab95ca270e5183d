using System.Globalization;
using KernelBuild.BootImages.Comparison;

namespace KernelBuild.Cli.Images;

/// <summary>Changed regions for people, one a line.</summary>
internal static class ChangeText
{
    public static void Write(IEnumerable<RegionChange> changes, TextWriter output)
    {
        foreach (var change in changes)
        {
            var sizes = (change.Old, change.New) switch
            {
                ({ } old, { } now) when old.Size == now.Size => $"{now.Size} bytes",
                ({ } old, { } now) => $"{old.Size} -> {now.Size} bytes",
                (null, { } now) => $"{now.Size} bytes",
                ({ } old, null) => $"{old.Size} bytes",
                _ => "",
            };
            var offset = (change.New ?? change.Old)!.Offset;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {change.Kind,-8} 0x{offset:x8}  {change.Name,-24} {sizes}"));
        }
    }
}
