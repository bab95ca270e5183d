using System.Buffers;
using System.CommandLine;
using System.Security.Cryptography;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Verification;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Avb;

/// <summary><c>kernelbuild avb sign IMAGE --key key.pem</c>.</summary>
internal static class AvbSignCommand
{
    private const string DefaultRelease = "kernelbuild 0.1.0";

    public static Command Create()
    {
        var image = Arguments.File("IMAGE", "An image with or without AVB metadata, or a vbmeta image");
        var key = new Option<string>("--key") { Description = "RSA private key in PEM form: 2048, 4096 or 8192 bits", Required = true };
        var algorithm = Arguments.Text("--algorithm", "SHA256_RSA4096 and the like; SHA-256 with the key's size otherwise");
        var partition = Arguments.Text("--partition", "Name without _a or _b; that of the old metadata or of the file otherwise");
        var partitionSize = Arguments.Text("--partition-size", "Bytes; the file's when it has a footer, else the smallest that fits");
        var salt = Arguments.Text("--salt", "Hexadecimal; that of the old metadata otherwise, else random");
        var rollbackIndex = Arguments.Text("--rollback-index", "That of the old metadata otherwise, else 0");
        var properties = new Option<string[]>("--prop") { Description = "KEY:VALUE, a property; may be repeated" };
        var release = Arguments.Text("--release-string", $"Who made it; that of the old metadata otherwise, else \"{DefaultRelease}\"");
        var output = Arguments.Text("--output", "Where to write; the image itself otherwise", "-o");
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(
            "sign",
            "Gives an image AVB metadata and signs it; old metadata is renewed, its descriptors, flags and properties stay.\n\nExamples:\n "
            + " kernelbuild avb sign boot.img --key key.pem --partition-size 67108864\n  kernelbuild avb sign vbmeta.img --key key.pem")
        {
            image, key, algorithm, partition, partitionSize, salt, rollbackIndex, properties, release, output, json,
        };
        command.OnRun((result, writer, _) =>
        {
            using var privateKey = InputImage.ReadKey(result.GetValue(key))!;
            var old = InputImage.Read(result.GetValue(image)!);
            var vbmeta = old.File.Vbmeta;
            var contents = vbmeta is null ? new VbmetaContents { ReleaseString = DefaultRelease } : VbmetaContents.From(vbmeta);
            contents = contents.SignedWith(
                privateKey,
                EditOptions.Algorithm(result.GetValue(algorithm))
                    ?? (vbmeta?.Algorithm?.KeyBits == privateKey.Bits ? vbmeta.Algorithm : null)) with
            {
                RollbackIndex = result.GetValue(rollbackIndex) is { } index
                    ? Numbers.Parse("--rollback-index", index)
                    : contents.RollbackIndex,
                ReleaseString = result.GetValue(release) ?? contents.ReleaseString,
                Descriptors = contents.Descriptors.AddRange((result.GetValue(properties) ?? []).Select(AvbOptions.Property)),
            };
            ReadOnlySequence<byte> bytes;
            if (old.File is { Footer: null, Vbmeta: not null })
            {
                bytes = new ReadOnlySequence<byte>(InPlaceOf(old, vbmeta!, VbmetaWriter.Write(contents)));
            }
            else
            {
                var hash = contents.Descriptors.OfType<HashDescriptor>().FirstOrDefault();
                var name = result.GetValue(partition) ?? hash?.PartitionName ?? PartitionNames.Of(old.Path);
                bytes = HashFooter.Add(old.File.Content, new HashFooterOptions
                {
                    PartitionName = name,
                    PartitionSize = Numbers.ParseSize("--partition-size", result.GetValue(partitionSize))
                        ?? (old.File.Footer is null ? null : old.File.Bytes.Length),
                    HashAlgorithm = hash?.HashAlgorithm ?? "sha256",
                    Salt = AvbOptions.Salt(result.GetValue(salt)) ?? hash?.Salt ?? RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes),
                    NoAb = hash?.Flags == 1,
                    PersistentDigest = hash?.Digest.IsEmpty == true,
                    Vbmeta = contents with { Descriptors = hash is null ? contents.Descriptors : contents.Descriptors.Remove(hash) },
                });
            }

            EditedFile.Write(
                old, new EditedImage(bytes, new ImageExpectation(), []), result.GetValue(output) ?? old.Path, result.GetValue(json),
                writer);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>A new structure in a vbmeta image; what stands behind the old one, such as a vendor's trailer, keeps its place.</summary>
    private static byte[] InPlaceOf(InputImage old, Vbmeta vbmeta, byte[] written)
    {
        var behind = old.File.Bytes[vbmeta.Bytes.Length..];
        var taken = written.Length - vbmeta.Bytes.Length;
        if (taken > 0 && behind.Span[..Math.Min(taken, behind.Length)].ContainsAnyExcept((byte)0))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible,
                $"the new structure has {written.Length} bytes, and what stands {vbmeta.Bytes.Length} bytes into the file would be written over",
                "sign with a key of the old size, or make a vbmeta image anew: kernelbuild avb make-vbmeta") with
            { File = old.Path, Offset = vbmeta.Bytes.Length });
        }

        var bytes = new byte[Math.Max(old.File.Bytes.Length, written.Length)];
        behind.CopyTo(bytes.AsMemory(vbmeta.Bytes.Length));
        written.CopyTo(bytes, 0);
        return bytes;
    }
}
