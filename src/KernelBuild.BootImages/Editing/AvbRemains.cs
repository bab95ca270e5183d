using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Files;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Editing;

/// <summary>
/// AVB metadata that the end of the file does not point to: of an image in a dump of a larger partition, or of one that was cut.
/// </summary>
public static class AvbRemains
{
    /// <summary>Bytes of the file without it; null when there is none.</summary>
    /// <param name="file">A file without a footer at its end.</param>
    public static long? LengthWithout(ImageFile file)
    {
        if (file.Footer is not null)
        {
            return null;
        }

        // a footer stands in the last 64 bytes of a partition, whose size is a multiple of 4096
        for (long end = AvbFootedImage.BlockLength; end <= file.Bytes.Length; end += AvbFootedImage.BlockLength)
        {
            if (AvbFooter.TryRead(file.Bytes[..(int)end], out var footer) && footer.MajorVersion <= AvbFooter.HighestMajorVersion
                && footer.VbmetaOffset < (ulong)end && footer.OriginalImageSize <= footer.VbmetaOffset
                && file.Bytes.Span[(int)footer.VbmetaOffset..].StartsWith(VbmetaFields.Magic))
            {
                return (long)footer.OriginalImageSize;
            }
        }

        var tail = file.Boot?.Tail ?? file.VendorBoot?.Tail ?? default;
        var start = file.Bytes.Length - tail.Length;
        var at = (int)Align.Up(start, AvbFootedImage.BlockLength);
        return file.Certificate is null && at < file.Bytes.Length && file.Bytes.Span[at..].StartsWith(VbmetaFields.Magic)
            && !file.Bytes.Span[start..at].ContainsAnyExcept((byte)0)
            ? start
            : null;
    }

    /// <summary>
    /// Bytes of an image whose footer says something impossible: up to the end of its last section, with the marks behind it; null when the
    /// file has no such footer, or is of a kind whose end is not known.
    /// </summary>
    public static long? LengthWithoutBrokenFooter(ImageFile file)
    {
        if (file.Footer is not null || !AvbFooter.TryRead(file.Bytes, out _) || (file.Boot ?? (object?)file.VendorBoot ?? file.Dtbo) is null)
        {
            return null;
        }

        var tail = file.Boot?.Tail ?? file.VendorBoot?.Tail ?? file.Dtbo?.Tail ?? default;
        var start = file.Bytes.Length - tail.Length;
        var metadata = tail.Span.IndexOf(VbmetaFields.Magic);
        var end = tail.Span[..(metadata < 0 ? tail.Length - AvbFooter.Length : metadata)].LastIndexOfAnyExcept((byte)0) + 1;
        return start + end;
    }
}
