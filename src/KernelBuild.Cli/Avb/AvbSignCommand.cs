using System.Buffers;
using System.CommandLine;
using System.Security.Cryptography;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
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
        var image = Arguments.File("IMAGE", "An image with or without AVB metadata, or a vbmeta image");
        var options = new SignOptions();
        var output = new OutputOptions();
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(
            "sign",
            "Gives an image AVB metadata and signs it; old metadata is renewed, its descriptors, flags and properties stay. With --cert, "
            + "and for an image that has one, it is the AVB 1 signature of Android 5 to 7 that is made.\n\nExamples:\n"
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
            var old = InputImage.Read(result.GetValue(image)!);
            var place = output.Of(result, old.Path);
            using var keys = options.ReadKeys(result, old.File);
            var edited = keys.Avb1 is { } avb1
                ? SignAvb1(old, avb1, options, result)
                : new EditedImage(Sign(old, keys.Avb!, options, result), new ImageExpectation(), []);
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

    private static ReadOnlySequence<byte> Sign(InputImage old, AvbPrivateKey key, SignOptions options, ParseResult result)
    {
        var vbmeta = old.File.Vbmeta;
        var contents = options.Contents(result, vbmeta, key);
        if (old.File is { Footer: null, Vbmeta: not null })
        {
            return new ReadOnlySequence<byte>(VbmetaFile.With(old.File, VbmetaWriter.Write(contents)));
        }

        var hash = contents.Descriptors.OfType<HashDescriptor>().FirstOrDefault();
        return HashFooter.Add(old.File.Content, new HashFooterOptions
        {
            PartitionName = options.Partition(result) ?? hash?.PartitionName ?? PartitionNames.Of(old.Path),
            PartitionSize = options.PartitionSize(result) ?? (old.File.Footer is null ? null : old.File.Bytes.Length),
            HashAlgorithm = hash?.HashAlgorithm ?? "sha256",
            Salt = options.Salt(result) ?? hash?.Salt ?? RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes),
            NoAb = hash?.Flags == 1,
            PersistentDigest = hash?.Digest.IsEmpty == true,
            Vbmeta = contents with { Descriptors = hash is null ? contents.Descriptors : contents.Descriptors.Remove(hash) },
        });
    }
}
