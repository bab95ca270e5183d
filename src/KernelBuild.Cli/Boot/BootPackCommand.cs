using System.Buffers;
using System.CommandLine;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Verification;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;
using KernelBuild.Diagnostics;

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
            var path = result.GetValue(folder)!;
            var list = UnpackedImage.Read(path);
            var image = InputImage.Read(result.GetValue(stock) ?? list.Image);
            if (UnpackFolder.Hash(image.File.Bytes) != list.Sha256)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.UnpackedFolderInvalid, "the image is not the one that was unpacked into the folder",
                    "name that one: --stock IMAGE") with
                { File = image.Path, Expected = list.Sha256 });
            }

            var place = OutputOptions.Another(result.GetValue(output)!, image.Path, "--output", "kernelbuild boot set --in-place");
            using var keys = options.ReadKeys(result, image.File);
            var before = options.ReadStorage(result, keys);
            var packed = new PackedFiles(path, image.File);
            var edits = packed.Add(before, list.Files);
            options.RequireEffect(result, image.File, edits);

            // without a change the image is the old one, whatever is wrong with it
            var isSame = ReferenceEquals(before, edits) && !options.HasStorage(result);
            var edited = isSame ? Unchanged(image) : ImageEditor.Apply(image.File, edits);
            EditedFile.Write(image, edited, place, result.GetValue(json), writer);
            return ExitCode.Done;
        });
        return command;
    }

    private static EditedImage Unchanged(InputImage image) => new(
        new ReadOnlySequence<byte>(image.File.Bytes),
        new ImageExpectation(),
        [
            .. ImageInspection.Of(image.File, image.Findings, new InspectionOptions { LookInside = false }).Findings
                .Where(finding => finding.Severity == DiagnosticSeverity.Error)
                .Select(finding => finding with { Severity = DiagnosticSeverity.Warning }),
        ]);
}
