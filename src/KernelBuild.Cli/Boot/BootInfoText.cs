using System.Globalization;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Boot;

/// <summary>The report for people. Control characters from the file never reach the terminal.</summary>
internal static class BootInfoText
{
    public static void Write(BootFileInfo file, TextWriter output)
    {
        output.WriteLine(file.Image is { } image
            ? string.Create(
                CultureInfo.InvariantCulture, $"{file.File}: Android boot image, header version {image.HeaderVersion}, {file.Size} bytes")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{file.File}: {(file.Kind is null or "unknown" ? "" : file.Kind + " image, ")}{file.Size} bytes"));
        if (file.Wrapper is not null)
        {
            output.WriteLine($"  {"in front of it",-16} {file.Wrapper}");
        }

        if (file.Image is not null)
        {
            WriteImage(file.Image, output);
        }

        if (file.VendorBoot is not null)
        {
            VendorBootText.Write(file.VendorBoot, output);
        }

        if (file.Avb is not null)
        {
            KernelBuild.Cli.Images.AvbText.Write(file.Avb, output);
        }

        if (file.Avb1 is not null)
        {
            KernelBuild.Cli.Images.AvbText.Write(file.Avb1, output);
        }

        foreach (var finding in file.Findings)
        {
            var place = finding.Offset is { } offset ? string.Create(CultureInfo.InvariantCulture, $" (at byte 0x{offset:x})") : "";
            output.WriteLine(Printable.Text($"  {finding.Severity} {finding.Code}: {finding.Message}{place}"));
            if (finding.Fix.Length > 0)
            {
                output.WriteLine($"    fix: {finding.Fix}");
            }
        }

        output.WriteLine(file.Findings.Count == 0 ? "  no findings" : "");
    }

    /// <summary>The end of a line: the digest when there is one.</summary>
    public static string Digest(string? sha256) => sha256 is null ? "" : "  sha256 " + sha256;

    private static void WriteImage(BootImageInfo image, TextWriter output)
    {
        Line("page size", image.PageSize.ToString(CultureInfo.InvariantCulture));
        Line(
            "os version",
            (image.OsVersion ?? "none") + (image.OsPatchLevel is null ? ", no patch level" : ", patch level " + image.OsPatchLevel));
        Line("command line", image.CommandLine.Length == 0 ? "none" : image.CommandLine);
        if (image.Name.Length > 0)
        {
            Line("name", image.Name);
        }

        if (image.Addresses is { } a)
        {
            Line(
                "addresses",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"kernel 0x{a.Kernel:x8}  ramdisk 0x{a.Ramdisk:x8}  second 0x{a.Second:x8}  tags 0x{a.Tags:x8}  dtb 0x{a.Dtb:x8}"));
        }

        Line("id", image switch
        {
            { HeaderVersion: >= 3 } => $"none in version {image.HeaderVersion}",
            { Id: { State: "not compared", Value: { } value } } => $"{value}  not compared (--digests)",
            _ => image.Id.State,
        });
        foreach (var s in image.Tail is null ? image.Sections : [.. image.Sections, image.Tail])
        {
            Line(
                s.Name,
                string.Create(
                    CultureInfo.InvariantCulture, $"offset 0x{s.Offset:x}  size {s.Size}  compression {s.Compression}{Digest(s.Sha256)}"));
        }

        if (image.Kernel is { } kernel)
        {
            WriteKernel(kernel);
        }

        if (image.Ramdisk is { } r)
        {
            Line("ramdisk content", string.Create(CultureInfo.InvariantCulture, $"{r.Size} bytes{Digest(r.Sha256)}"));
            Line(
                "ramdisk entries",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{r.EntryCount} ({Counted.Of(r.Files, "file")}, {Counted.Of(r.Directories, "directory", "directories")}, "
                    + $"{Counted.Of(r.SymbolicLinks, "link")}, {Counted.Of(r.Others, "other")}) in "
                    + $"{Counted.Of(r.Archives, "cpio archive")}"));
            foreach (var stream in r.Streams.Count > 1 ? r.Streams : [])
            {
                Line(
                    "ramdisk stream",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"offset 0x{stream.Offset:x}  size {stream.Size}  compression {stream.Compression}  "
                        + $"{Counted.Of(stream.EntryCount, "entry", "entries")} in {Counted.Of(stream.Archives, "cpio archive")}"));
            }

            foreach (var e in r.Entries ?? [])
            {
                output.WriteLine(Printable.Text(string.Create(
                    CultureInfo.InvariantCulture,
                    $"    {e.Mode,6} {e.UserId,5} {e.GroupId,5} {e.Size,10} {e.Path}{(e.Target is null ? "" : " -> " + e.Target)}")));
            }
        }

        void WriteKernel(KernelInfo kernel)
        {
            Line("kernel content", string.Create(CultureInfo.InvariantCulture, $"{kernel.Size} bytes{Digest(kernel.Sha256)}"));
            Line("kernel banner", kernel.Banner ?? "none found");
            if (kernel.Arm64 is { } arm64)
            {
                Line(
                    "kernel header",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"arm64 Image  text offset 0x{arm64.TextOffset:x}  image size {arm64.ImageSize}  {arm64.Endianness} endian  page "
                        + $"size {arm64.PageSize?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}  placed {arm64.Placement}"));
            }

            if (kernel.TrailingBytes > 0)
            {
                Line(
                    "kernel tail",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{kernel.TrailingBytes} bytes behind the compressed stream, such as appended device trees"));
            }
        }

        void Line(string name, string value) => output.WriteLine(Printable.Text($"  {name,-16} {value}"));
    }
}
