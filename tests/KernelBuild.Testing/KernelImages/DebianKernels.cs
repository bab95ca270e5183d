using KernelBuild.KernelImages.Image;

namespace KernelBuild.Testing.KernelImages;

/// <summary>
/// Debian's arm64 kernels, which tests/fetch-debian-kernels.sh puts into the user's cache: 6.1 and 6.12 always, 5.10 and 7.x where the
/// archive still has them.
/// </summary>
public static class DebianKernels
{
    public static string Folder { get; } =
        Environment.GetEnvironmentVariable("KERNELBUILD_KERNEL_IMAGES")
        ?? Path.Combine(
            Environment.GetEnvironmentVariable("KERNELBUILD_CACHE")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "kernelbuild"),
            "kernel-images");

    /// <summary>Debian's static busybox for arm64.</summary>
    public static string Busybox { get; } = Path.Combine(Folder, "busybox");

    /// <summary>What modpost wrote of a kernel's exports, from its package of headers.</summary>
    public static string Symvers(string series) => Path.Combine(Folder, series, "Module.symvers");

    /// <summary>One of the modules of VFIO.</summary>
    public static byte[] ReadModule(string series, string name) => File.ReadAllBytes(Path.Combine(Folder, series, "modules", name + ".ko"));

    public static bool Has(string series) => File.Exists(PathOf(series));

    public static string PathOf(string series) => Path.Combine(Folder, series, "vmlinuz");

    public static byte[] Read(string series) => File.ReadAllBytes(PathOf(series));

    public static KernelImage Open(string series) => new(Read(series));

    public static string[] Configuration(string series) => File.ReadAllLines(Path.Combine(Folder, series, "config"));

    /// <summary>"6.12.117+deb12-arm64", from the package's name.</summary>
    public static string Package(string series) => File.ReadAllText(Path.Combine(Folder, series, "package")).Trim();
}
