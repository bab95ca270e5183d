using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Containers;
using KernelBuild.BootImages.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Files;

/// <summary>An image that the user named, and what reading it found.</summary>
internal sealed record InputImage(string Path, ImageFile File, IReadOnlyList<Diagnostic> Findings)
{
    /// <summary>How the file is stored when it is a sparse image, of which <see cref="File"/> is the content; else null.</summary>
    public SparseHeader? Sparse { get; init; }

    /// <summary>The file as it is stored: of a sparse image not its content.</summary>
    public required ReadOnlyMemory<byte> Stored { get; init; }

    /// <exception cref="DiagnosticException">KB9012, or why it is no image that can be read; each with the file's name.</exception>
    public static InputImage Read(string path)
    {
        var stored = InputFile.Read(path);
        var bytes = Content(path, stored, out var sparse);
        return ImageFile.TryRead(bytes, out var file, out var findings)
            ? new InputImage(path, file, findings) { Stored = stored, Sparse = sparse }
            : throw new DiagnosticException([.. findings.Select(finding => finding with { File = path })]);
    }

    /// <summary>An image of a known kind, or any file as one of an unknown kind.</summary>
    /// <exception cref="DiagnosticException">KB9012; KB5041: a sparse image that cannot be read.</exception>
    public static InputImage ReadAny(string path)
    {
        var stored = InputFile.Read(path);
        var bytes = Content(path, stored, out var sparse);
        var isImage = ImageFile.TryRead(bytes, out var file, out var findings);
        return new InputImage(
            path, isImage ? file! : new ImageFile { Bytes = bytes, Kind = ImageKind.Unknown, ContentLength = bytes.Length },
            isImage ? findings : [])
        { Stored = stored, Sparse = sparse };
    }

    /// <summary>The content of a file; that of a sparse image is the image.</summary>
    /// <exception cref="DiagnosticException">KB5041.</exception>
    public static ReadOnlyMemory<byte> Content(string path, ReadOnlyMemory<byte> stored, out SparseHeader? sparse)
    {
        sparse = null;
        if (!SparseImage.IsSparse(stored.Span))
        {
            return stored;
        }

        try
        {
            var content = SparseImage.Read(stored, out var header);
            sparse = header;
            return content;
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException([.. exception.Diagnostics.Select(d => d with { File = path })]);
        }
    }

    /// <summary>A private key in PEM form, which is not encrypted or whose passphrase is asked for.</summary>
    /// <exception cref="DiagnosticException">KB9012 or KB5030.</exception>
    public static AvbPrivateKey? ReadKey(string? path) => KeySource.Plain.Read(path);

    /// <summary>A public key: an AVB blob as it is, or that of a key in PEM form, private or public.</summary>
    /// <exception cref="DiagnosticException">KB9012 or KB5030.</exception>
    /// <param name="path">Null for none.</param>
    /// <param name="source">How an encrypted private key is opened; null to ask.</param>
    public static ReadOnlyMemory<byte> ReadPublicKey(string? path, KeySource? source = null)
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

        using var key = ((source ?? KeySource.Plain) with { Helper = null }).Read(path)!;
        return key.PublicKey.ToArray();
    }
}
