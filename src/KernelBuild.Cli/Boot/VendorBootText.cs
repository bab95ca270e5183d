using System.Globalization;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Boot;

/// <summary>A vendor_boot image for people.</summary>
internal static class VendorBootText
{
    public static void Write(VendorBootInfo image, TextWriter output)
    {
        Line("header version", string.Create(CultureInfo.InvariantCulture, $"{image.HeaderVersion}, page size {image.PageSize}"));
        Line("command line", image.CommandLine.Length == 0 ? "none" : image.CommandLine);
        if (image.Name.Length > 0)
        {
            Line("name", image.Name);
        }

        Line(
            "addresses",
            string.Create(
                CultureInfo.InvariantCulture,
                $"kernel 0x{image.Addresses.Kernel:x8}  ramdisk 0x{image.Addresses.Ramdisk:x8}  tags 0x{image.Addresses.Tags:x8}  dtb "
                + $"0x{image.Addresses.Dtb:x8}"));
        foreach (var s in image.Sections)
        {
            Line(
                s.Name,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"offset 0x{s.Offset:x}  size {s.Size}  compression {s.Compression}{BootInfoText.Digest(s.Sha256)}"));
        }

        foreach (var f in image.Fragments)
        {
            Line(
                "fragment",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"\"{f.Name}\"  type {f.Type}  offset 0x{f.Offset:x}  size {f.Size}  compression {f.Compression}"));
        }

        foreach (var line in (image.BootConfig ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Line("bootconfig", line);
        }

        void Line(string name, string value) => output.WriteLine(Printable.Text($"  {name,-16} {value}"));
    }
}
