using System.Security.Cryptography;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Boot;

/// <summary>
/// The checksum in the header of versions 0 to 2: a digest over each section's bytes followed by its size as a 32-bit little-endian
/// word, in file order. An empty section still contributes its size. Padding and header are not covered.
/// Source: AOSP, system/tools/mkbootimg/mkbootimg.py, <c>update_sha</c>.
/// </summary>
public static class BootImageId
{
    /// <summary>The 32 bytes of the field for an image's sections; a SHA-1 is followed by 12 zero bytes.</summary>
    /// <param name="image">Header version 0 to 2.</param>
    /// <param name="kind"><see cref="BootImageIdState.MatchesSha1"/> or <see cref="BootImageIdState.MatchesSha256"/>.</param>
    /// <param name="table">How a device-tree table counts; tools differ.</param>
    public static byte[] Compute(BootImage image, BootImageIdState kind, BootImageIdTable table = BootImageIdTable.AsStored)
    {
        var algorithm = kind switch
        {
            BootImageIdState.MatchesSha1 => HashAlgorithmName.SHA1,
            BootImageIdState.MatchesSha256 => HashAlgorithmName.SHA256,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "an id is a SHA-1 or a SHA-256"),
        };
        using var hash = IncrementalHash.CreateHash(algorithm);
        Span<byte> size = stackalloc byte[sizeof(uint)];
        foreach (var section in image.Sections)
        {
            if (section.Kind == BootImageSectionKind.DeviceTreeTable && table == BootImageIdTable.LeftOut)
            {
                continue;
            }

            MemoryWindow.Append(hash, section.Content);
            LittleEndian.PutU32(size, 0, (uint)section.Content.Length);
            hash.AppendData(size);
            if (section.Kind == BootImageSectionKind.Second && table == BootImageIdTable.EvenWhenAbsent)
            {
                size.Clear();
                hash.AppendData(size);
            }
        }

        var id = new byte[BootImageFields.IdLength];
        hash.GetHashAndReset(id);
        return id;
    }

    /// <summary>Compares the stored id with the sections. Reads every section, once or twice.</summary>
    public static BootImageIdState Check(BootImage image)
    {
        var id = image.Id.Span;
        if (id.IsEmpty)
        {
            return BootImageIdState.Absent;
        }

        if (!id.ContainsAnyExcept((byte)0))
        {
            return BootImageIdState.Zero;
        }

        return Find(image)?.Kind ?? BootImageIdState.MatchesNothing;
    }

    /// <summary>The id for the sections of an image that was made from another, by the other's way; zero stays zero.</summary>
    /// <param name="image">The new sections.</param>
    /// <param name="before">The image whose id says how to compute it; when it matches nothing, mkbootimg's way is taken.</param>
    internal static ReadOnlyMemory<byte> Follow(BootImage image, BootImage before)
    {
        if (before.Id.IsEmpty || !before.Id.Span.ContainsAnyExcept((byte)0))
        {
            return before.Id;
        }

        var (kind, table) = Find(before)
            ?? (before.Id.Span[24..].ContainsAnyExcept((byte)0) ? BootImageIdState.MatchesSha256 : BootImageIdState.MatchesSha1,
                BootImageIdTable.AsStored);
        return Compute(image, kind, table);
    }

    private static (BootImageIdState Kind, BootImageIdTable Table)? Find(BootImage image)
    {
        // A SHA-1 leaves the last bytes zero; trying the likelier digest first saves reading every section twice.
        var isLong = image.Id.Span[24..].ContainsAnyExcept((byte)0);
        BootImageIdState[] kinds = isLong
            ? [BootImageIdState.MatchesSha256]
            : [BootImageIdState.MatchesSha1, BootImageIdState.MatchesSha256];
        var hasTable = image.Sections.Any(s => s.Kind == BootImageSectionKind.DeviceTreeTable);
        foreach (var kind in kinds)
        {
            foreach (var table in new[] { BootImageIdTable.AsStored, hasTable ? BootImageIdTable.LeftOut : BootImageIdTable.EvenWhenAbsent })
            {
                if (image.Id.Span.SequenceEqual(Compute(image, kind, table)))
                {
                    return (kind, table);
                }
            }
        }

        return null;
    }

    /// <summary>
    /// What to tell the user about a state: KB5004 as a warning when nothing matches, as a note when the id is zero, else null.
    /// </summary>
    public static Diagnostic? Explain(BootImageIdState state) => state switch
    {
        BootImageIdState.MatchesNothing => Diagnostic.Warning(
            DiagnosticCodes.BootImageIdMismatch,
            "the id in the header matches neither the SHA-1 nor the SHA-256 of the sections: one was changed after the image was made",
            "recreate the image from its sections, or compare it with a fresh copy") with
        { Offset = BootImageFields.Id },
        BootImageIdState.Zero => Diagnostic.Note(
            DiagnosticCodes.BootImageIdMismatch,
            "the id in the header is zero: nothing in the image shows whether its sections are intact") with
        { Offset = BootImageFields.Id },
        _ => null,
    };

    /// <summary>The words of messages and of JSON: "absent", "zero", "matches SHA-1", "matches SHA-256", "matches nothing".</summary>
    public static string NameOf(BootImageIdState state) => state switch
    {
        BootImageIdState.Absent => "absent",
        BootImageIdState.Zero => "zero",
        BootImageIdState.MatchesSha1 => "matches SHA-1",
        BootImageIdState.MatchesSha256 => "matches SHA-256",
        _ => "matches nothing",
    };
}
