using System.Collections.Immutable;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>A kernel to boot, and the files that its ramdisk needs: busybox, and the modules of VFIO where they are not built in.</summary>
public sealed record LabKernel(string Name, ReadOnlyMemory<byte> Image, ImmutableArray<RamdiskEntry> Files)
{
    public const UnixFileMode Executable = (UnixFileMode)0x1ed;

    /// <summary>Whether the driver of virtio-iommu is built in: ours has it, Debian's have a module or none.</summary>
    public bool HasVirtioIommuBuiltIn { get; init; }

    /// <summary>Whether the elements of maps are as long as #iommu-cells says: 7.0 and later.</summary>
    public bool MapsByTarget { get; init; }

    /// <summary>Debian's 6.1 was built without.</summary>
    public bool HasVirtioIommu => HasVirtioIommuBuiltIn || Files.Any(file => file.Path == "modules/virtio-iommu.ko");

    /// <summary>Where tests/fetch-debian-kernels.sh puts Debian's kernels.</summary>
    private static string DebianFolder => Environment.GetEnvironmentVariable("KERNELBUILD_KERNEL_IMAGES")
        ?? Path.Combine(Environment.GetEnvironmentVariable("KERNELBUILD_CACHE")
            ?? Path.Combine(
                Environment.GetEnvironmentVariable("XDG_CACHE_HOME")
                    ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
                "kernelbuild"), "kernel-images");

    /// <summary>The kernel of a boot.img of the device virt, and the busybox of its ramdisk.</summary>
    public static LabKernel FromBootImage(string path)
    {
        var image = BootImage.Read(File.ReadAllBytes(path));
        if (!Decompressor.TryDecompress(image.Kernel, out var kernel, out var error)
            || !Decompressor.TryDecompress(image.Ramdisk, out var ramdisk, out error))
        {
            throw new DiagnosticException(error);
        }

        var busybox = CpioArchive.Read(ramdisk.Content).Entries.First(entry => entry.Path == "bin/busybox");
        return new LabKernel(
            "ours", kernel.Content, [RamdiskEntry.Directory("bin"), RamdiskEntry.File("bin/busybox", busybox.Data, Executable)])
        {
            HasVirtioIommuBuiltIn = true,
        };
    }

    /// <summary>Debian's kernel of a series such as "6.12" with our busybox; null where it was not fetched.</summary>
    public LabKernel? Debian(string series)
    {
        var folder = Path.Combine(DebianFolder, series);
        return File.Exists(Path.Combine(folder, "vmlinuz")) && Directory.Exists(Path.Combine(folder, "modules"))
            ? new LabKernel(
                "Debian " + series,
                File.ReadAllBytes(Path.Combine(folder, "vmlinuz")),
                [
                    .. Files,
                    RamdiskEntry.Directory("modules"),
                    .. Directory.EnumerateFiles(Path.Combine(folder, "modules"), "*.ko")
                        .Select(module => RamdiskEntry.File(
                            "modules/" + Path.GetFileName(module), File.ReadAllBytes(module), UnixFileMode.UserRead)),
                ])
            {
                MapsByTarget = series == "7.x",
            }
            : null;
    }
}
