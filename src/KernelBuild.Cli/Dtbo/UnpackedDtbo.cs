using System.Text.Json;
using System.Text.Json.Serialization;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Dtbo;

/// <summary>
/// What <c>dtbo unpack</c> leaves for <c>dtbo pack</c>. Numbers and order of the entries are the user's to change: an entry can be taken
/// out, and one without "from" put in.
/// </summary>
/// <param name="Image">The image's path, absolute.</param>
/// <param name="Sha256">Of the image.</param>
/// <param name="Entries">In their order.</param>
internal sealed record UnpackedDtbo(string Image, string Sha256, IReadOnlyList<UnpackedOverlay> Entries)
{
    public const string FileName = "dtbo.json";

    [JsonPropertyOrder(-1)]
    public int FormatVersion { get; init; } = 1;

    /// <exception cref="DiagnosticException">KB5034 or KB9012.</exception>
    public static UnpackedDtbo Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            // A list is a file like any other: names in it must not lead out of the folder.
            if (JsonSerializer.Deserialize(InputFile.Read(path).Span, DtboListJson.Default.UnpackedDtbo)
                is { Image: not null, Sha256: not null, Entries: not null, FormatVersion: 1 } list
                && list.Entries.All(e =>
                    e is { File.Length: > 0, Custom.Count: DtboFields.CustomWords } && e.File == Path.GetFileName(e.File)
                        && e.File is not ("." or "..")))
            {
                return list;
            }
        }
        catch (JsonException)
        {
            // the finding below says it
        }

        throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.UnpackedFolderInvalid, "the file is not the list of an unpacked dtbo image",
            "unpack the image again: kernelbuild dtbo unpack") with { File = path });
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
            // the list itself is the user's to edit, so that it counts as changed unless it is what is to be written
            return Read(folder).Entries.Where(e => e.Sha256 is not null).DistinctBy(e => e.File).ToDictionary(e => e.File, e => e.Sha256!);
        }
        catch (DiagnosticException)
        {
            return [];
        }
    }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, DtboListJson.Default.UnpackedDtbo);
}

/// <summary>An entry in the list.</summary>
/// <param name="From">Which entry of the image it is; null for one that was put in.</param>
/// <param name="File">Name in the folder; entries that share their overlay share it.</param>
/// <param name="Sha256">Of the file when it was unpacked; null for one that was put in.</param>
/// <param name="Id">Which board.</param>
/// <param name="Revision">Which revision of it.</param>
/// <param name="Custom">Four words; the first is the flags in version 1, whose low four bits say how the overlay is compressed.</param>
internal sealed record UnpackedOverlay(int? From, string File, string? Sha256, uint Id, uint Revision, IReadOnlyList<uint> Custom)
{
    public DtboEntryContents Contents(ReadOnlyMemory<byte> content) => new(content, Id, Revision, Custom[0], Custom[1], Custom[2],
        Custom[3]);
}
