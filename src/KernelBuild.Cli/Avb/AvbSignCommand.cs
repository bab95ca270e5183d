using System.Buffers;
using System.CommandLine;
using System.Security.Cryptography;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb1;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Verification;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;

namespace KernelBuild.Cli.Avb;

/// <summary><c>kernelbuild avb sign IMAGE --key key.pem</c>.</summary>
internal static class AvbSignCommand
{
    public static Command Create()
    {
        var image = Arguments.File("IMAGE", "Any image, with or without AVB metadata, or a vbmeta image");
        var options = new SignOptions();
        var output = new OutputOptions();
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(
            "sign",
            "Gives an image AVB metadata and signs it; old metadata is renewed, its descriptors, flags and properties stay. With --cert, "
            + "and for an image that has one, it is the AVB 1 signature of Android 5 to 7 that is made. With --algorithm NONE the metadata are "
            + "not signed, as for a partition whose descriptor stands in vbmeta.img.\n\nExamples:\n"
            + "  kernelbuild avb sign boot.img --key key.pem --partition-size 67108864 -o signed.img\n"
            + "  kernelbuild avb sign vbmeta.img --key key.pem --in-place\n"
            + "  kernelbuild avb sign boot.img --key verity.pk8 --cert verity.x509.pem -o signed.img")
        {
            image, json,
        };
        options.AddTo(command);
        output.AddTo(command);
        command.OnRun((result, writer, _) =>
        {
            var old = InputImage.ReadAny(result.GetValue(image)!);
            var place = output.Of(result, old.Path);
            using var keys = options.ReadKeys(result, old.File);
            var edited = keys.Avb1 is { } avb1 ? SignAvb1(old, avb1, options, result) : Sign(old, keys.Avb, options, result);
            EditedFile.Write(old, edited, place, result.GetValue(json), writer);
            return ExitCode.Done;
        });
        return command;
    }

    private static EditedImage SignAvb1(InputImage old, Avb1Key key, SignOptions options, ParseResult result)
    {
        options.RefuseThoseOfAvb2(result);
        var partition = options.Partition(result);
        var target = partition is not null ? "/" + partition
            : old.File.Avb1?.Signature?.Target ?? (PartitionNames.Of(old.Path) is { Length: > 0 } name ? "/" + name : "/boot");
        return Avb1Editor.Sign(old.File, key, target, options.PartitionSize(result));
    }

    private static EditedImage Sign(InputImage old, AvbPrivateKey? key, SignOptions options, ParseResult result)
    {
        var contents = options.Contents(result, old.File.Vbmeta, key);
        if (old.File is { Footer: null, Vbmeta: not null })
        {
            options.RefuseThoseOfFooters(result);
            return new EditedImage(
                new ReadOnlySequence<byte>(VbmetaFile.With(old.File, VbmetaWriter.Write(contents), options.PartitionSize(result))),
                new ImageExpectation(), []);
        }

        return FooterEditor.Sign(
            old.File, contents, options.Partition(result), PartitionNames.Of(old.Path), options.PartitionSize(result), options.Salt(result),
            RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes));
    }
}
