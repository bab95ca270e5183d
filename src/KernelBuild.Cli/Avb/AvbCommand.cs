using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;

namespace KernelBuild.Cli.Avb;

/// <summary><c>kernelbuild avb …</c>.</summary>
internal static class AvbCommand
{
    public static Command Create(ReadOnlyMemory<string> arguments) =>
        new Command("avb", "Android Verified Boot 2.0: what signs an image, and signing it.\n\nExample: kernelbuild avb info vbmeta.img")
        .With(
            arguments,
            ("info", _ => CreateInfo()),
            ("verify", _ => BootVerifyCommand.Create(lookInside: false)),
            ("sign", _ => AvbSignCommand.Create()),
            ("strip", _ => AvbStripCommand.Create()),
            ("flags", _ => AvbFlagsCommand.Create()),
            ("make-vbmeta", _ => AvbMakeVbmetaCommand.Create()),
            ("lock-check", _ => AvbLockCheckCommand.Create()));

    private static Command CreateInfo()
    {
        var files = Arguments.Files("vbmeta images, or images with an AVB footer");
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(
            "info",
            "Shows AVB metadata: algorithm, key, flags, rollback index, descriptors.\n\nExample: kernelbuild avb info vbmeta.img")
            {
                files,
                json,
            };
        command.OnRun((result, output, _) =>
        {
            var images = result.GetValue(files)!.Select(InputImage.Read).ToArray();
            var infos = images.Select(image => new AvbFileInfo(
                image.Path, image.File.Bytes.Length, AvbInfo.From(image.File), Avb1Info.From(image.File))).ToArray();
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output,
                    new AvbReport(infos) { Findings = [.. images.SelectMany(image => image.Findings).Select(FindingInfo.From)] },
                    AvbJson.Default.AvbReport);
                return ExitCode.Done;
            }

            foreach (var info in infos)
            {
                var none = info.Avb is null && info.Avb1 is null ? ", no AVB metadata" : "";
                output.WriteLine(Printable.Text($"{info.File}: {info.Size} bytes{none}"));
                if (info.Avb1 is not null)
                {
                    AvbText.Write(info.Avb1, output);
                }

                if (info.Avb is not null)
                {
                    AvbText.Write(info.Avb, output);
                }
            }

            return ExitCode.Done;
        });
        return command;
    }
}
