using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot regions FILE…</c>.</summary>
internal static class BootRegionsCommand
{
    public static Command Create()
    {
        var files = Arguments.Files("boot, init_boot, vendor_boot, dtbo or vbmeta images");
        var json = new Option<bool>("--json")
        {
            Description = "Write an array of name, offset and size; with several files, one array a line",
        };
        var command = new Command(
            "regions",
            "Names every byte of an image: the regions do not overlap, and their sizes add up to the file's.\n\nExample: kernelbuild boot "
            + "regions --json boot.img")
        {
            files,
            json,
        };
        command.OnRun((result, output, _) =>
        {
            foreach (var image in result.GetValue(files)!.Select(InputImage.Read))
            {
                var regions = RegionMap.Of(image.File);
                if (result.GetValue(json))
                {
                    // an array, without the envelope of the other documents: it is made to be piped into jq
                    output.WriteLine(JsonSerializer.Serialize(
                        [.. regions.Select(region => new RegionInfo(region.Name, region.Offset, region.Size))],
                        BootJson.Default.RegionInfoArray));
                }
                else
                {
                    Write(image, regions, output);
                }
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(InputImage image, IEnumerable<Region> regions, TextWriter output)
    {
        output.WriteLine(Printable.Text($"{image.Path}: {image.File.Bytes.Length} bytes"));
        foreach (var region in regions)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  0x{region.Offset:x8}  {region.Size,12}  {region.Name}"));
        }
    }
}
