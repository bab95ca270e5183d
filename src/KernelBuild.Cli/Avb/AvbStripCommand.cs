using System.CommandLine;
using KernelBuild.BootImages.Editing;
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
        var image = Arguments.File("IMAGE", "An image with an AVB footer, or an AVB 1 signature");
        var output = new OutputOptions();
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(
            "strip",
            "Removes the AVB metadata from an image: the rest is as long as the footer says the image was, also where the footer stands "
            + "inside of a larger dump, there are two of them, or it was cut off. Of an image of Android 5 to 7, "
            + "which has none, it removes the AVB 1 signature.\n\nExample: kernelbuild avb strip boot.img -o bare.img") { image, json };
        output.AddTo(command);
        command.OnRun((result, writer, _) =>
        {
            var old = InputImage.ReadAny(result.GetValue(image)!);
            var place = output.Of(result, old.Path);
            EditedFile.Write(old, Strip(old), place, result.GetValue(json), writer);
            return ExitCode.Done;
        });
        return command;
    }

    private static EditedImage Strip(InputImage old) => FooterEditor.Strip(old.File)
        ?? (old.File.Avb1 is not null ? Avb1Editor.Strip(old.File) : throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.AvbFooterInvalid, "the image has neither an AVB footer nor an AVB 1 signature that could be removed",
            "nothing needs to be done") with { File = old.Path }));
}
