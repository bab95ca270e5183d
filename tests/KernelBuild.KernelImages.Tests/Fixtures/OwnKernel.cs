using KernelBuild.BootImages.Tests.Oracles;
using KernelBuild.KernelImages.Image;

namespace KernelBuild.KernelImages.Tests.Fixtures;

/// <summary>The kernel that this repository builds for the device virt; the end-to-end tests, which run first, leave it behind.</summary>
internal static class OwnKernel
{
    public static string Folder { get; } = Path.Combine(Cases.RepositoryRoot, "artifacts", "virt");

    public static string Source { get; } = Path.Combine(Cases.RepositoryRoot, ".work", "virt", "tree");

    public static string Output { get; } = Path.Combine(Cases.RepositoryRoot, ".work", "virt", "out");

    public static bool IsThere { get; } = File.Exists(PathOf("boot.img")) && File.Exists(PathOf("vmlinux"));

    public static string PathOf(string name) => Path.Combine(Folder, name);

    public static byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    public static KernelImage Open() => new(Read("Image"));
}
