using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;

namespace KernelBuild.BootImages.Inspection;

/// <summary>
/// Which partition a file is for: what its own AVB metadata says, else its name, by which boot_a.img and boot.img are boot.
/// </summary>
public static class PartitionNames
{
    /// <summary>The partition that an image is for; empty when nothing says so.</summary>
    /// <param name="file">The image.</param>
    /// <param name="fileName">Asked when the image does not carry exactly one descriptor of its own content.</param>
    public static string Of(ImageFile file, string? fileName)
    {
        var own = file.Footer is null ? [] : file.Vbmeta?.Descriptors.Where(d => d is HashDescriptor or HashtreeDescriptor).ToArray() ?? [];
        return own is [{ Partition: { Length: > 0 } partition }] ? partition : Of(fileName);
    }

    /// <summary>
    /// The name without folder, extension, slot and what stands before a dash (stock-boot.img is boot: no partition has a dash in its
    /// name); empty when there is none.
    /// </summary>
    public static string Of(string? fileName)
    {
        var name = Path.GetFileNameWithoutExtension(fileName ?? "");
        name = name[(name.LastIndexOf('-') + 1)..];
        return name.EndsWith("_a", StringComparison.Ordinal) || name.EndsWith("_b", StringComparison.Ordinal) ? name[..^2] : name;
    }
}
