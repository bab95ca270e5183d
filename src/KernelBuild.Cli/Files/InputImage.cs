using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Files;

/// <summary>An image that the user named, and what reading it found.</summary>
internal sealed record InputImage(string Path, ImageFile File, IReadOnlyList<Diagnostic> Findings)
{
    /// <exception cref="DiagnosticException">KB9012, or why it is no image that can be read; each with the file's name.</exception>
    public static InputImage Read(string path)
    {
        var bytes = InputFile.Read(path);
        return ImageFile.TryRead(bytes, out var file, out var findings)
            ? new InputImage(path, file, findings)
            : throw new DiagnosticException([.. findings.Select(finding => finding with { File = path })]);
    }

    /// <summary>A private key in PEM form.</summary>
    /// <exception cref="DiagnosticException">KB9012 or KB5030.</exception>
    public static AvbPrivateKey? ReadKey(string? path)
    {
        if (path is null)
        {
            return null;
        }

        try
        {
            return AvbPrivateKey.FromPem(System.Text.Encoding.Latin1.GetString(InputFile.Read(path).Span));
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException([.. exception.Diagnostics.Select(d => d with { File = path })]);
        }
    }

    /// <summary>A public key: an AVB blob as it is, or that of a key in PEM form, private or public.</summary>
    /// <exception cref="DiagnosticException">KB9012 or KB5030.</exception>
    public static ReadOnlyMemory<byte> ReadPublicKey(string? path)
    {
        if (path is null)
        {
            return default;
        }

        var bytes = InputFile.Read(path);
        if (AvbPublicKey.TryRead(bytes, out _))
        {
            return bytes;
        }

        var text = System.Text.Encoding.Latin1.GetString(bytes.Span);
        if (AvbPublicKey.TryFromPem(text, out var named))
        {
            return named.ToArray();
        }

        using var key = ReadKey(path)!;
        return key.PublicKey.ToArray();
    }
}
