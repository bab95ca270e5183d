using System.Security.Cryptography;
using System.Text;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>avbtool's <c>extract_public_key</c> and <c>extract_public_key_digest</c>.</summary>
internal static class AvbtoolKeys
{
    private static readonly AospOption[] _options =
    [
        new("key", "KEY", "A private or public RSA key in PEM form") { IsRequired = true }, AvbtoolOptions.Output with { IsRequired = true, Help = "The file to write" },
    ];

    public static AospSyntax Syntax { get; } = new("avbtool extract_public_key", "Writes the public key of a key as AVB stores it.", _options);

    public static AospSyntax DigestSyntax { get; } = new(
        "avbtool extract_public_key_digest", "Writes the SHA-256 of the public key of a key, in hexadecimal.", _options);

    public static int Extract(AospArguments parsed) => Write(parsed, key => key);

    public static int ExtractDigest(AospArguments parsed) =>
        Write(parsed, key => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(key))));

    private static int Write(AospArguments parsed, Func<byte[], byte[]> convert)
    {
        var key = InputImage.ReadPublicKey(parsed.Required("key"), AvbtoolOptions.Keys(parsed)).ToArray();
        OutputFile.Write(parsed.Required("output"), convert(key));
        return ExitCode.Done;
    }
}
