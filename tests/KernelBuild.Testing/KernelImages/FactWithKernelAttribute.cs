namespace KernelBuild.Testing.KernelImages;

/// <summary>
/// A test on a real kernel, shown as skipped where the kernel or a program is missing. "own" is the one this repository builds.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithKernelAttribute : FactAttribute
{
    public FactWithKernelAttribute(string kernel, params string[] programs)
    {
        Kernel = kernel;
        Programs = programs;
        Skip = MissingKernel(kernel) ?? Requirement.Missing(programs);
    }

    public string Kernel { get; }

    public string[] Programs { get; }

    public static string? MissingKernel(string kernel) => kernel switch
    {
        "own" => OwnKernel.IsThere ? null : $"there is no built kernel in {OwnKernel.Folder}: ./nuke.sh BuildKernel --device virt",
        "own source" =>
            MissingKernel("own")
                ?? (Directory.Exists(Path.Combine(OwnKernel.Source, "drivers"))
                    && Directory.Exists(Path.Combine(OwnKernel.Output, "drivers"))
                    ? null
                    : $"there is no kernel tree in {OwnKernel.Source}"),
        "6.1 build" =>
            MissingKernel("6.1")
                ?? (File.Exists(DebianKernels.Symvers("6.1")) && File.Exists(DebianKernels.Busybox)
                    ? null
                    : $"there is no Module.symvers in {DebianKernels.Folder}/6.1, or no busybox beside it: tests/fetch-debian-kernels.sh "
                        + "fetches both"),
        _ =>
            DebianKernels.Has(kernel)
                ? null
                : $"there is no kernel in {DebianKernels.Folder}/{kernel}: tests/fetch-debian-kernels.sh fetches it",
    };
}
