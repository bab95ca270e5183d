using System.Text.Json;
using System.Text.Json.Serialization;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Boot;

/// <summary>What <c>boot unpack</c> leaves for <c>boot pack</c>: which image the files are from, and what they were.</summary>
/// <param name="Image">The image's path, absolute.</param>
/// <param name="Sha256">Of the image.</param>
/// <param name="Files">Only these are packed: nothing strays in.</param>
internal sealed record UnpackedImage(string Image, string Sha256, IReadOnlyList<UnpackedFile> Files)
{
    public const string FileName = "unpacked.json";

    [JsonPropertyOrder(-1)]
    public int FormatVersion { get; init; } = 1;

    /// <exception cref="DiagnosticException">KB5034 or KB9012.</exception>
    public static UnpackedImage Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var bytes = InputFile.Read(path);
        try
        {
            var read = JsonSerializer.Deserialize(bytes.Span, UnpackedJson.Default.UnpackedImage);

            // A manifest is a file like any other: names in it must not lead out of the folder.
            if (read is { Image: not null, Sha256: not null, Files: not null, FormatVersion: 1 }
                && read.Files.All(f =>
                    f is { Section: not null, File: not null, Sha256: not null } && f.File == Path.GetFileName(f.File) && f.File.Length > 0
                        && f.File is not ("." or "..")))
            {
                return read;
            }
        }
        catch (JsonException)
        {
            // the finding below says it
        }

        throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.UnpackedFolderInvalid, "the file is not the list of an unpacked image",
            "unpack the image again: kernelbuild boot unpack") with { File = path });
    }

    /// <summary>SHA-256 of the files that an earlier unpacking wrote into a folder, by name; none when there is no list.</summary>
    public static Dictionary<string, string> HashesIn(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            var hashes = Read(folder).Files.DistinctBy(file => file.File).ToDictionary(file => file.File, file => file.Sha256);
            hashes[FileName] = UnpackFolder.Hash(InputFile.Read(path));
            return hashes;
        }
        catch (DiagnosticException)
        {
            // a list that cannot be read says nothing of the files beside it
            return [];
        }
    }

    /// <summary>The file.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, UnpackedJson.Default.UnpackedImage);
}

/// <summary>A file of an unpacked image.</summary>
/// <param name="Section">kernel, ramdisk, second, recovery_dtbo, dtb, dt, bootconfig, cmdline, or fragment.</param>
/// <param name="Fragment">Name of the fragment in the image; null for the others.</param>
/// <param name="File">Name of the file in the folder.</param>
/// <param name="Sha256">When it was unpacked.</param>
/// <param name="Compression">What the stream in the image is compressed with.</param>
internal sealed record UnpackedFile(string Section, string? Fragment, string File, string Sha256, string Compression)
{
    /// <summary>Of a fragment: which of the image's it is, as two can have one name; null for the others.</summary>
    public int? Index { get; init; }

    /// <summary>Which stream it is of a ramdisk that is made of several; null for all of it.</summary>
    public int? Stream { get; init; }
}
