using KernelBuild.KernelImages.Image;

namespace KernelBuild.Testing.KernelImages;

/// <summary>The kernel that this repository builds for the device virt; the end-to-end tests, which run first, leave it behind.</summary>
public static class OwnKernel
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "artifacts", "virt");

    public static string Source { get; } = Path.Combine(Repository.Root, ".work", "virt", "tree");

    public static string Output { get; } = Path.Combine(Repository.Root, ".work", "virt", "out");

    public static bool IsThere { get; } = File.Exists(PathOf("boot.img")) && File.Exists(PathOf("vmlinux"));

    public static string PathOf(string name) => Path.Combine(Folder, name);

    public static byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    public static KernelImage Open() => new(Read("Image"));
}
