using KernelBuild.BootImages.Avb;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Cli.Files;

/// <summary>
/// A program that signs, as AOSP's avbtool calls it, so that a key can stay where it is: arguments are the algorithm's name and the key's
/// file; it gets a block of padding and hash, and makes the raw RSA operation on it.
/// </summary>
/// <param name="Program">A path, or a name on PATH.</param>
/// <param name="UsesFiles">
/// Whether a third argument names a file that holds the block, over which it writes the signature; else standard input and output do.
/// </param>
internal sealed record SigningHelper(string Program, bool UsesFiles)
{
    /// <exception cref="DiagnosticException">KB5030: it fails.</exception>
    public byte[] Sign(AvbAlgorithm algorithm, string key, ReadOnlyMemory<byte> block)
    {
        try
        {
            return UsesFiles ? SignFile(algorithm, key, block) : SignStream(algorithm, key, block);
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.AvbKeyInvalid, $"the signing helper fails: {exception.Diagnostics[0].Message}",
                $"run it by hand: {Program} {algorithm.Name} {key}"));
        }
    }

    private byte[] SignStream(AvbAlgorithm algorithm, string key, ReadOnlyMemory<byte> block) =>
        SignStreamAsync(algorithm, key, block).GetAwaiter().GetResult();

    private async Task<byte[]> SignStreamAsync(AvbAlgorithm algorithm, string key, ReadOnlyMemory<byte> block)
    {
        byte[] signature = [];
        var command = Command.WithFullEnvironment(Program).WithArguments(algorithm.Name, key) with
        {
            InputProducer = (stream, cancellationToken) => stream.WriteAsync(block, cancellationToken).AsTask(),
            OutputConsumer = async (stream, cancellationToken) => signature = await ReadAsync(stream, cancellationToken),
        };
        await command.RunAsync(CancellationToken.None);
        return signature;
    }

    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, cancellationToken);
        return bytes.ToArray();
    }

    private byte[] SignFile(AvbAlgorithm algorithm, string key, ReadOnlyMemory<byte> block)
    {
        var folder = Directory.CreateTempSubdirectory("kernelbuild-sign-");
        try
        {
            var file = Path.Combine(folder.FullName, "block");
            File.WriteAllBytes(file, block.ToArray());
            Run(Command.WithFullEnvironment(Program).WithArguments(algorithm.Name, key, file));
            return File.ReadAllBytes(file);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Run(Command command) => command.RunAsync(CancellationToken.None).GetAwaiter().GetResult();
}
