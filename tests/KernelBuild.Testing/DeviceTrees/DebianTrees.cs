namespace KernelBuild.Testing.DeviceTrees;

/// <summary>
/// The device trees of Debian's arm64 kernels, which tests/fetch-debian-kernels.sh unpacks into the
/// user's cache. They are GPL and 80 MB, and therefore not in the repository.
/// </summary>
public static class DebianTrees
{
    public static string Folder { get; } =
        Environment.GetEnvironmentVariable("KERNELBUILD_DEVICE_TREES")
        ?? Path.Combine(
            Environment.GetEnvironmentVariable("KERNELBUILD_CACHE")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "kernelbuild"),
            "device-trees");

    /// <summary>All .dtb and .dtbo files of all kernels.</summary>
    public static IReadOnlyList<string> All { get; } = !Directory.Exists(Folder)
        ? []
        : [.. Directory.EnumerateFiles(Folder, "*.dtb*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".dtb", StringComparison.Ordinal) || file.EndsWith(".dtbo", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    /// <summary>A tree by the end of its path, such as "6.12/qcom/sdm845-oneplus-fajita.dtb".</summary>
    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder, name));
}
