using System.CommandLine;
using KernelBuild.BootImages.Editing;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot set IMAGE --kernel FILE …</c>.</summary>
internal static class BootSetCommand
{
    public static Command Create()
    {
        var image = Arguments.File("IMAGE", "A boot, init_boot, recovery or vendor_boot image");
        var vbmeta = new VbmetaOptions();
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var options = new EditOptions();
        var output = new OutputOptions();
        var command = new Command(
            "set",
            "Replaces parts of an image. Nothing changes but the part, its padding, sizes, offsets, the id and the AVB data; the file is "
            + "read back and verified before it gets its name.\n\n"
            + "Examples:\n"
            + "  kernelbuild boot set boot.img --kernel Image -o new.img\n"
            + "  kernelbuild boot set boot.img --kernel Image --key key.pem --vbmeta vbmeta.img --in-place\n"
            + "  kernelbuild boot set vendor_boot.img --fragment dlkm=modules.cpio -o new.img")
        {
            image,
            json,
        };
        vbmeta.AddTo(command);
        output.AddTo(command);
        foreach (var option in options.Contents.Concat(options.Storage))
        {
            command.Options.Add(option);
        }

        command.OnRun((result, writer, _) =>
        {
            var old = InputImage.Read(result.GetValue(image)!);
            var place = output.Of(result, old.Path);
            using var keys = options.ReadKeys(result, old.File, needsAvb: vbmeta.IsGiven(result));
            var edits = options.ReadContents(result, options.ReadStorage(result, keys), old.File.Boot);
            options.RequireEffect(result, old.File, edits, vbmeta.Signing(result));
            var edited = ImageEditor.Apply(old.File, edits);
            vbmeta.Write(
                result, (old, edited, place), keys.Avb, options.KeySource(result), output.IsInPlace(result), result.GetValue(json), writer);
            return ExitCode.Done;
        });
        return command;
    }
}
