using System.Buffers;
using System.CommandLine;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Verification;
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
        var output = Arguments.Text("--output", "Where to write; the image itself otherwise", "-o");
        var vbmeta = Arguments.Text("--vbmeta", "A vbmeta image with a descriptor of the partition; it is updated in place");
        var vbmetaKey = Arguments.Text("--vbmeta-key", "Signs it; --key otherwise");
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var options = new EditOptions();
        var command = new Command(
            "set",
            "Replaces parts of an image in place. Nothing changes but the part, its padding, sizes, offsets, the id and the AVB data; the "
            + "file is read back and verified before it gets its name.\n\n"
            + "Examples:\n"
            + "  kernelbuild boot set boot.img --kernel Image\n"
            + "  kernelbuild boot set boot.img --kernel Image --key key.pem --vbmeta vbmeta.img -o new.img\n"
            + "  kernelbuild boot set vendor_boot.img --fragment dlkm=modules.cpio")
        {
            image,
            output,
            vbmeta,
            vbmetaKey,
            json,
        };
        foreach (var option in options.Contents.Concat(options.Storage))
        {
            command.Options.Add(option);
        }

        command.OnRun((result, writer, _) =>
        {
            using var key = InputImage.ReadKey(result.GetValue(options.KeyFile));
            var old = InputImage.Read(result.GetValue(image)!);
            var edits = options.ReadContents(result, options.ReadStorage(result, key), old.File.Boot);
            using var ownKey = InputImage.ReadKey(result.GetValue(vbmetaKey));
            var vbmetaImage = result.GetValue(vbmeta) is { } vbmetaPath ? InputImage.Read(vbmetaPath) : null;
            var edited = ImageEditor.Apply(old.File, edits);
            var target = result.GetValue(output) ?? old.Path;
            if (vbmetaImage is null)
            {
                EditedFile.Write(old, edited, target, result.GetValue(json), writer);
                return ExitCode.Done;
            }

            // both are made before either is written: an image whose vbmeta image does not follow boots on no locked device
            var bytes = VbmetaUpdate.Apply(
                vbmetaImage.File, [ImageFile.Read(edited.Bytes.ToArray())], ownKey ?? key, isAsked: ownKey is not null, out var findings);
            var following = new EditedImage(new ReadOnlySequence<byte>(bytes), new ImageExpectation(), [.. findings]);
            EditedFile.WriteBoth((old, edited, target), (vbmetaImage, following, vbmetaImage.Path), result.GetValue(json), writer);
            return ExitCode.Done;
        });
        return command;
    }
}
