using System.Buffers;
using System.CommandLine;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Verification;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Avb;

/// <summary><c>kernelbuild avb strip IMAGE</c>.</summary>
internal static class AvbStripCommand
{
    public static Command Create()
    {
        var image = Arguments.File("IMAGE", "An image with an AVB footer");
        var output = Arguments.Text("--output", "Where to write; the image itself otherwise", "-o");
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(
            "strip",
            "Removes the AVB metadata from an image: the rest is as long as the footer says the image was.\n\nExample: kernelbuild avb "
            + "strip boot.img -o bare.img") { image, output, json };
        command.OnRun((result, writer, _) =>
        {
            var old = InputImage.Read(result.GetValue(image)!);
            if (old.File.Footer is null)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.AvbFooterInvalid, "the image has no AVB footer that could be removed",
                    "nothing needs to be done") with { File = old.Path });
            }

            EditedFile.Write(
                old, new EditedImage(new ReadOnlySequence<byte>(old.File.Content), new ImageExpectation(), []),
                result.GetValue(output) ?? old.Path, result.GetValue(json), writer);
            return ExitCode.Done;
        });
        return command;
    }
}
