using System.CommandLine;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Avb;

/// <summary><c>kernelbuild avb make-vbmeta -o vbmeta.img …</c>.</summary>
internal static class AvbMakeVbmetaCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--output", "-o") { Description = "The vbmeta image to write", Required = true };
        var key = Arguments.Text("--key", "RSA private key in PEM form; without it the image is not signed");
        var keys = new KeyOptions();
        var algorithm = Arguments.Text("--algorithm", "SHA256_RSA4096 and the like; SHA-256 with the key's size otherwise");
        var include = new Option<string[]>("--include") { Description = "An image whose descriptors are copied; may be repeated" };
        var chain = new Option<string[]>("--chain")
        {
            Description = "NAME:LOCATION:KEY, a partition that is signed on its own; KEY is PEM or an AVB public key",
        };
        var properties = new Option<string[]>("--prop") { Description = "KEY:VALUE, a property; may be repeated" };
        var flags = Arguments.Text("--flags", "1 hash trees are not checked, 2 nothing is, 3 both");
        var rollbackIndex = Arguments.Text("--rollback-index", "0 otherwise");
        var padding = Arguments.Text("--padding", "The size is made a multiple of this; 4096 otherwise");
        var release = Arguments.Text("--release-string", "Who made it");
        var command = new Command(
            "make-vbmeta",
            "Makes a vbmeta image with the descriptors of other images.\n\nExample: kernelbuild avb make-vbmeta -o vbmeta.img --key "
            + "key.pem --include boot.img --include dtbo.img --chain vbmeta_system:1:system.pem")
        {
            output, key, algorithm, include, chain, properties, flags, rollbackIndex, padding, release,
        };
        keys.AddTo(command);
        command.OnRun((result, writer, _) =>
        {
            using var privateKey = keys.Of(result).Read(result.GetValue(key));
            var images = (result.GetValue(include) ?? []).Select(InputImage.Read).Select(Vbmeta).ToArray();
            var contents = new VbmetaContents
            {
                Descriptors =
                [
                    .. (result.GetValue(chain) ?? []).Order(StringComparer.Ordinal).Select(Chain),
                    .. (result.GetValue(properties) ?? []).Select(AvbOptions.Property), .. DescriptorInclusion.From(images),
                ],
                Flags = (VbmetaFlags)Numbers.Parse("--flags", result.GetValue(flags) ?? "0", 3),
                RollbackIndex = Numbers.Parse("--rollback-index", result.GetValue(rollbackIndex) ?? "0"),
                RequiredMinorVersion = images.Select(image => image.Header.RequiredMinorVersion).DefaultIfEmpty().Max(),
                ReleaseString = result.GetValue(release) ?? "kernelbuild 0.1.0",
            }.SignedWith(privateKey, EditOptions.Algorithm(result.GetValue(algorithm)));
            var bytes = VbmetaWriter.Write(contents);
            var unit = (int)Math.Max(1, Numbers.Parse("--padding", result.GetValue(padding) ?? "4096", 1 << 20));
            Array.Resize(ref bytes, (bytes.Length + unit - 1) / unit * unit);
            var path = result.GetValue(output)!;
            OutputFile.Write(path, bytes);
            writer.WriteLine(Printable.Text(
                $"{path}: {bytes.Length} bytes, {contents.Algorithm.Name}, {contents.Descriptors.Length} descriptors"));
            return ExitCode.Done;
        });
        return command;
    }

    private static Vbmeta Vbmeta(InputImage image) => image.File.Vbmeta
        ?? throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.AvbFooterInvalid, "the image has no AVB metadata that could be included",
            "sign it first: kernelbuild avb sign") with { File = image.Path });

    private static AvbDescriptor Chain(string text)
    {
        var parts = text.Split(':', 3);
        return parts.Length == 3 && Numbers.TryParse(parts[1], out var location) && location is > 0 and <= uint.MaxValue
            ? ChainPartitionDescriptor.Create(parts[0], (uint)location, InputImage.ReadPublicKey(parts[2]))
            : throw CommandFrame.Usage(
                $"--chain takes NAME:LOCATION:KEY with a location from 1 on, not '{text}'", "such as vbmeta_system:1:system.pem");
    }
}
