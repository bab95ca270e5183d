namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>The kernels of the tests: the one that was just built, and Debian's where they were fetched.</summary>
public static class LabKernels
{
    public static LabKernel Ours { get; } = LabKernel.FromBootImage(Path.Combine(Repository.Root, "artifacts", "virt", "boot.img"));

    /// <exception cref="InvalidOperationException">It was not fetched.</exception>
    public static LabKernel Debian(string series) =>
        Ours.Debian(series)
            ?? throw new InvalidOperationException($"Debian's kernel {series} is not there: tests/fetch-debian-kernels.sh fetches it");

    public static IReadOnlyList<LabKernel> All => [Ours, Debian("6.1"), Debian("6.12")];

    /// <summary>Debian's kernel of its unstable release; null where the archive had none to fetch.</summary>
    public static LabKernel? Newest => Ours.Debian("7.x");

}
