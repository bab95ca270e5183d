namespace KernelBuild.Tests.Configure;

/// <summary>A test that needs a kernel tree: $KERNELBUILD_TEST_TREE, or the one that a build of the virt device left.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWithKernelTreeAttribute : FactAttribute
{
    private static readonly string[] _programs = ["make", "flex", "bison", "clang-19", "ld.lld-19"];

    public FactWithKernelTreeAttribute() => Skip = Tree is null
        ? "no kernel tree: build the virt device, or set KERNELBUILD_TEST_TREE"
        : Requirement.Missing(_programs);

    public static string? Tree { get; } = Find();

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("KERNELBUILD_TEST_TREE") is { Length: > 0 } chosen)
        {
            return chosen;
        }

        var built = Repository.PathOf(".work/virt/tree");
        return File.Exists(Path.Combine(built, "scripts/kconfig/merge_config.sh")) ? built : null;
    }
}
