using System.CommandLine;
using System.Text;
using KernelBuild.BootImages.Editing;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot pack FOLDER -o IMAGE</c>.</summary>
internal static class BootPackCommand
{
    public static Command Create()
    {
        var folder = Arguments.File("FOLDER", "What boot unpack made");
        var output = new Option<string>("--output", "-o") { Description = "The image to write", Required = true };
        var stock = Arguments.Text("--stock", "The image that was unpacked, when it is no longer where it was");
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var options = new EditOptions();
        var command = new Command(
            "pack",
            "Makes an image of an unpacked one and of the files in the folder that were changed since; files that are not in its list are "
            + "not packed.\n\nExample: kernelbuild boot pack boot -o new-boot.img --key key.pem")
        {
            folder,
            output,
            stock,
            json,
        };
        foreach (var option in options.Storage)
        {
            command.Options.Add(option);
        }

        command.OnRun((result, writer, _) =>
        {
            using var key = InputImage.ReadKey(result.GetValue(options.KeyFile));
            var path = result.GetValue(folder)!;
            var list = UnpackedImage.Read(path);
            var image = InputImage.Read(result.GetValue(stock) ?? list.Image);
            if (BootUnpackCommand.Hash(image.File.Bytes) != list.Sha256)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.UnpackedFolderInvalid, "the image is not the one that was unpacked into the folder",
                    "name that one: --stock IMAGE") with
                { File = image.Path, Expected = list.Sha256 });
            }

            var edits = list.Files.Aggregate(options.ReadStorage(result, key), (edits, file) => Add(edits, path, file));
            EditedFile.Write(image, ImageEditor.Apply(image.File, edits), result.GetValue(output)!, result.GetValue(json), writer);
            return ExitCode.Done;
        });
        return command;
    }

    private static ImageEdits Add(ImageEdits edits, string folder, UnpackedFile file)
    {
        ReadOnlyMemory<byte> content = InputFile.Read(Path.Combine(folder, file.File));
        if (BootUnpackCommand.Hash(content) == file.Sha256)
        {
            return edits;
        }

        return file.Section switch
        {
            "cmdline" => edits with { CommandLine = Encoding.UTF8.GetString(content.Span).TrimEnd('\n') },
            "kernel" => edits with { Kernel = content },
            "ramdisk" => edits with { Ramdisk = content },
            "second" => edits with { Second = content },
            "recovery_dtbo" => edits with { RecoveryDtbo = content },
            "dtb" => edits with { Dtb = content },
            "dt" => edits with { DeviceTreeTable = content },
            "bootconfig" => edits with { BootConfig = content },
            "fragment" => edits with { Fragments = edits.Fragments.SetItem(file.Fragment ?? "", content) },
            _ =>
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.UnpackedFolderInvalid, $"the list names a section '{file.Section}' that no image has",
                    "unpack the image again") with { File = Path.Combine(folder, UnpackedImage.FileName) }),
        };
    }
}
