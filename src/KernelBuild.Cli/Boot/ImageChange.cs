using System.CommandLine;
using KernelBuild.BootImages.Editing;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;

namespace KernelBuild.Cli.Boot;

/// <summary>Commands that change one thing of an image and write it, signed as the others that change images.</summary>
internal static class ImageChange
{
    /// <param name="name">Of the command.</param>
    /// <param name="description">What it does.</param>
    /// <param name="further">Arguments and options behind the image.</param>
    /// <param name="change">Gets the image and edits that say how it is stored and signed; adds what changes.</param>
    public static Command Command(
        string name, string description, Symbol[] further, Func<ParseResult, InputImage, ImageEdits, ImageEdits> change)
    {
        var file = Arguments.File("IMAGE", "A version 4 vendor_boot image");
        var edit = new EditOptions();
        var output = new OutputOptions();
        var vbmeta = new VbmetaOptions();
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(name, description) { file };
        foreach (var argument in further.OfType<Argument>())
        {
            command.Arguments.Add(argument);
        }

        foreach (var option in (Option[])[.. further.OfType<Option>(), json, .. edit.Signing])
        {
            command.Options.Add(option);
        }

        vbmeta.AddTo(command);
        output.AddTo(command);
        command.OnRun((result, writer, _) =>
        {
            var image = InputImage.Read(result.GetValue(file)!);
            var place = output.Of(result, image.Path);
            using var keys = edit.ReadKeys(result, image.File, needsAvb: vbmeta.IsGiven(result));
            var edits = change(result, image, edit.ReadStorage(result, keys));
            edit.RequireEffect(result, image.File, edits, vbmeta.Signing(result));
            vbmeta.Write(
                result, (image, ImageEditor.Apply(image.File, edits), place), keys.Avb, edit.KeySource(result), output.IsInPlace(result),
                result.GetValue(json), writer);
            return ExitCode.Done;
        });
        return command;
    }
}
