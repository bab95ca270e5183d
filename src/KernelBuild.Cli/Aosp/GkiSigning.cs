using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Cli.Aosp;

/// <summary>
/// mkbootimg's options of the certificate in the old place: avbtool makes it, this one or another program.
/// Source: AOSP, system/tools/mkbootimg/gki/generate_gki_certificate.py.
/// </summary>
internal static class GkiSigning
{
    /// <summary>Bytes of the certificate in the header's count.</summary>
    private const int Room = 4096;

    /// <summary>What the partition may have at most; the size is asked for, and nothing has it.</summary>
    private const int PartitionSize = 64 * 1024 * 1024;

    public static ImmutableArray<AospOption> Options { get; } =
    [
        new("gki_signing_algorithm", "ALGORITHM", "How the generic kernel image is certified; with a key, in version 4"),
        new("gki_signing_key", "KEY", "The RSA private key of the certificate"),
        new("gki_signing_signature_args", "ARGUMENTS", "More options of avbtool add_hash_footer for the certificate"),
        new("gki_signing_avbtool_path", "AVBTOOL", "Another avbtool that makes the certificate"),
    ];

    /// <summary>What makes the structure over an image.</summary>
    public static Func<string, ReadOnlyMemory<byte>, byte[]> For(AospArguments parsed)
    {
        var more = (parsed.Text("gki_signing_signature_args") ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return (name, image) =>
        {
            var arguments = Arguments(name, parsed.Required("gki_signing_algorithm"), parsed.Required("gki_signing_key"), more);
            var structure = parsed.Text("gki_signing_avbtool_path") is { } program
                ? RunProgram(program, arguments, image)
                : AvbtoolHashFooter.MakeVbmeta(arguments, image);
            return structure.Length <= Room
                ? structure
                : throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.VbmetaInvalid,
                    $"ValueError: boot sigature size is > {Room}: the certificate has {structure.Length} bytes", // the spelling is AOSP's
                    "use a smaller key, or fewer properties"));
        };
    }

    /// <summary>The command line of avbtool add_hash_footer, but for image and result.</summary>
    public static string[] Arguments(string name, string algorithm, string key, IEnumerable<string> more) =>
    [
        "--partition_name", name, "--partition_size", PartitionSize.ToString(CultureInfo.InvariantCulture), "--algorithm", algorithm, "--key", key,
        "--do_not_append_vbmeta_image", "--salt", "d00df00d", .. more,
    ];

    private static byte[] RunProgram(string program, string[] arguments, ReadOnlyMemory<byte> image)
    {
        var folder = Directory.CreateTempSubdirectory("kernelbuild-certify-");
        try
        {
            var (file, result) = (Path.Combine(folder.FullName, "boot.img"), Path.Combine(folder.FullName, "boot_signature"));
            File.WriteAllBytes(file, image.ToArray());
            Command.WithFullEnvironment(program).WithArguments(["add_hash_footer", "--image", file, "--output_vbmeta_image", result, .. arguments])
                .RunAsync(CancellationToken.None).GetAwaiter().GetResult();
            return File.Exists(result)
                ? File.ReadAllBytes(result)
                : throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.VbmetaInvalid, "the avbtool that is given wrote no certificate",
                    $"run it by hand: {program} add_hash_footer --output_vbmeta_image") with { File = program });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
