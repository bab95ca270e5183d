using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using KernelBuild.BootImages.Files;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot regions FILE…</c>.</summary>
internal static class BootRegionsCommand
{
    public static Command Create()
    {
        var files = Arguments.Files("boot, init_boot, vendor_boot, dtbo or vbmeta images");
        var json = new Option<bool>("--json") { Description = "Write an array of name, offset and size; with several files, one array a line" };
        var command = new Command("regions", "Names every byte of an image: the regions do not overlap, and their sizes add up to the file's.\n\nExample: kernelbuild boot regions --json boot.img")
        {
            files,
            json,
        };
        command.OnRun((result, output, _) =>
        {
            foreach (var file in result.GetValue(files)!)
            {
                Write(InputImage.Read(file), result.GetValue(json), output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(InputImage image, bool json, TextWriter output)
    {
        var regions = RegionMap.Of(image.File);
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize([.. regions.Select(r => new RegionInfo(r.Name, r.Offset, r.Size))], BootJson.Default.RegionInfoArray));
            return;
        }

        output.WriteLine(Printable.Text($"{image.Path}: {image.File.Bytes.Length} bytes"));
        foreach (var region in regions)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  0x{region.Offset:x8}  {region.Size,12}  {region.Name}"));
        }
    }
}
