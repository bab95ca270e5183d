using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.CrossReferences;

/// <summary>Callers against what ftrace sees during a boot of Debian's kernels; kernels by clang are in the matrix of kernels.</summary>
public sealed class CallsThatLinuxTraces(ITestOutputHelper log)
{
    [FactWithKernel("6.12", "qemu-system-aarch64")]
    public void Calls_of_6_12_are_found_directly_or_through_pointers() => Compare("6.12", 600, 0.75);

    /// <summary>Without CONFIG_KALLSYMS_ALL: tables and lists of initcalls have no names.</summary>
    [FactWithKernel("6.1", "qemu-system-aarch64")]
    public void Calls_of_6_1_are_found_directly_or_through_pointers() => Compare("6.1", 500, 0.6);

    private void Compare(string series, int fewest, double recall)
    {
        var calls = TracedCalls.Of(DebianKernels.Read(series), namesInitcalls: series != "6.1");
        log.WriteLine(calls.ToString());
        calls.Edges.ShouldBeGreaterThan(fewest);
        calls.Unexplained.ShouldBeEmpty("every function that is called has its direct callers, or a table or code that holds its address");
        calls.Recall.ShouldBeGreaterThan(recall);
    }
}
