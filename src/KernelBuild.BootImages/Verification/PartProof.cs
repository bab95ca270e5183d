using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Verification;

/// <summary>Compares parts of an image with what they must be, and collects what differs.</summary>
/// <param name="isNew">See <see cref="ImageExpectation.IsNew"/>.</param>
/// <param name="maximumLength">Bytes that a part may decompress to at most.</param>
internal sealed class PartProof(bool isNew, long maximumLength)
{
    public List<Diagnostic> Errors { get; } = [];

    public void Check(ImagePart part, ExpectedContent expected)
    {
        switch (expected.State)
        {
            case ExpectedState.Any:
                break;
            case ExpectedState.Absent:
                if (!part.Stream.IsEmpty)
                {
                    Add(part, part.Offset, $"the image holds a {part.Name} of {part.Stream.Length} bytes, and none is expected");
                }

                break;
            case ExpectedState.Content or ExpectedState.Stored
                when part.Stream.IsEmpty && expected.Sha256 != ExpectedContent.HashOf(default):
                Add(part, part.Offset, $"a {part.Name} is expected, and the image holds none");
                break;
            case ExpectedState.Stored:
                Compare(part, part.Stream, "", expected);
                break;
            default:
                if (Decompress(part) is { } data)
                {
                    Compare(part, data.Content, "decompressed ", expected);
                }

                break;
        }
    }

    /// <summary>A ramdisk must decompress, with nothing behind it, to a cpio archive with its trailer.</summary>
    public void CheckArchive(ImagePart part)
    {
        if (!part.Stream.IsEmpty && Decompress(part) is { } data && !CpioArchive.TryRead(data.Content, out _, out var error))
        {
            Errors.Add(
                data.Format == CompressionFormat.None
                    ? In(part, error)
                    : error with { Message = $"in the decompressed {part.Name}: {error.Message}" });
        }
    }

    /// <summary>Null when it cannot be decompressed, or when something follows.</summary>
    private DecompressedData? Decompress(ImagePart part)
    {
        if (!Decompressor.TryDecompress(part.Stream, out var data, out var error, maximumLength))
        {
            Errors.Add(In(part, error));
            return null;
        }

        if (data.CompressedLength != part.Stream.Length)
        {
            Add(
                part, part.Offset + data.CompressedLength,
                $"{part.Stream.Length - data.CompressedLength} bytes follow the compressed {part.Name} in its section");
            return null;
        }

        return data;
    }

    private void Compare(ImagePart part, ReadOnlyMemory<byte> found, string how, ExpectedContent expected)
    {
        var hash = ExpectedContent.HashOf(found);
        if (hash != expected.Sha256)
        {
            Add(
                part, part.Offset,
                $"the {part.Name} in the image is not the expected one: {how}SHA-256 {hash}, expected {expected.Sha256}");
        }
    }

    private void Add(ImagePart part, long offset, string message) => Errors.Add(
        Diagnostic.Error(
            part.Code, message,
            isNew
                ? "do not flash this image; make it again"
                : "do not flash this image; this is a bug in kernelbuild, please report it") with
        { Offset = offset });

    private static Diagnostic In(ImagePart part, Diagnostic error) =>
        error with { Message = $"in the {part.Name} section: {error.Message}", Offset = part.Offset + (error.Offset ?? 0) };
}
