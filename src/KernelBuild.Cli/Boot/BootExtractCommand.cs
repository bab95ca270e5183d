using System.CommandLine;
using System.Security.Cryptography;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot extract FILE --partition boot -o boot.img</c>.</summary>
internal static class BootExtractCommand
{
    public static Command Create()
    {
        var file = Arguments.File("FILE", "An OTA zip, payload.bin, factory zip, tar, super or sparse image, or a compressed image");
        var partitions = new Option<string[]>("--partition", "-p")
        {
            Description = "Which image: the name of its partition, or its path as --list shows it; may be repeated",
        };
        var list = new Option<bool>("--list") { Description = "Shows what is in the file, and writes nothing" };
        var target = Arguments.Text("--output", "The file to write; of several images the folder. NAME.img here otherwise", "-o");
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(
            "extract",
            "Takes images out of what they are shipped in, archives within archives included. Sparse images become raw ones; the digests of "
            + "an OTA's payload are compared.\n\nExample: kernelbuild boot extract ota.zip --partition boot -o boot.img")
        {
            file, partitions, list, target, json,
        };
        command.OnRun((result, output, _) =>
        {
            var path = result.GetValue(file)!;
            using var tree = ContainerTree.Open(path);
            var images = result.GetValue(list)
                ? [.. tree.Images.Select(image => new ExtractedImage(image.Partition, image.Path, image.Form, image.Length, null, null))]
                : Extract(path, tree.Images, result.GetValue(partitions) ?? [], result.GetValue(target));
            if (result.GetValue(json))
            {
                JsonOutput.Write(output, new ExtractReport(path, images), BootJson.Default.ExtractReport);
                return ExitCode.Done;
            }

            foreach (var image in images)
            {
                var size = image.Size is { } bytes ? $"{bytes} bytes" : "compressed";
                var where = image.Path.Length == 0 ? path : image.Path;
                output.WriteLine(Printable.Text($"{image.Partition,-20} {size,18}  {image.Form}, {where}"));
                if (image.Output is not null)
                {
                    output.WriteLine(Printable.Text($"  written to {image.Output}, SHA-256 {image.Sha256}"));
                }
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static ExtractedImage[] Extract(string path, IReadOnlyList<ContainedImage> images, string[] names, string? target)
    {
        if (names.Length == 0 && images.Count != 1)
        {
            throw CommandFrame.Usage(
                $"the file holds {images.Count} images, and it is not said which",
                images.Count == 0 ? "give a file with images" : $"name one: --partition {images[0].Partition}; --list shows all");
        }

        ContainedImage[] wanted = names.Length == 0 ? [images[0]] : [.. names.Select(name => Find(path, images, name))];
        return [.. wanted.Select(image => Write(path, image, OutputOf(path, image, wanted.Length > 1 ? target ?? "." : null, target)))];
    }

    /// <summary>By its path, by its partition, or by its partition without slot.</summary>
    private static ContainedImage Find(string path, IReadOnlyList<ContainedImage> images, string name)
    {
        ContainedImage[] found =
            Matching(image => image.Path == name) is { Length: > 0 } exact ? exact
            : Matching(image => image.Partition == name) is { Length: > 0 } named ? named
            : Matching(image => image.Length != 0 && (image.Partition == name + "_a" || image.Partition == name + "_b"));
        return found.Length switch
        {
            1 => found[0],
            0 => throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.PartitionNotInContainer, $"the file holds no image of the partition {Printable.Text(name)}",
                "name one of those that it holds; kernelbuild boot extract FILE --list shows them all") with
            {
                File = path,
                Expected = name,
                Found = string.Join(", ", images.Take(40).Select(image => Printable.Text(image.Partition)).Distinct()),
            }),
            _ => throw CommandFrame.Usage(
                $"the file holds {found.Length} images of the partition {Printable.Text(name)}",
                $"name one by its path: --partition {Printable.Text(found[0].Path)}"),
        };

        ContainedImage[] Matching(Func<ContainedImage, bool> isWanted) => [.. images.Where(isWanted)];
    }

    private static string OutputOf(string input, ContainedImage image, string? folder, string? target)
    {
        var file = SafeName.Of(image.Partition.Length == 0 ? Path.GetFileName(input).Split('.')[0] : image.Partition) + ".img";
        if (folder is not null)
        {
            OutputFile.MakeFolder(folder);
            return OutputOptions.Another(Path.Combine(folder, file), input, "the output", "choose another folder: -o FOLDER").Path;
        }

        if (target is null && File.Exists(file))
        {
            throw CommandFrame.Usage($"{file} exists, and is not written over unasked", $"say so: -o {file}; or name another: -o FILE");
        }

        return OutputOptions.Another(target ?? file, input, "--output", "name another file").Path;
    }

    private static ExtractedImage Write(string path, ContainedImage image, string output)
    {
        var sha256 = "";
        long length = 0;
        try
        {
            OutputFile.Write(output, stream =>
            {
                image.Write(stream);
                length = stream.Length;
                stream.Position = 0;
                sha256 = Convert.ToHexStringLower(SHA256.HashData(stream));
            });
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException([.. exception.Diagnostics.Select(d => d with { File = d.File ?? path })]);
        }

        return new ExtractedImage(image.Partition, image.Path, image.Form, length, output, sha256);
    }
}
