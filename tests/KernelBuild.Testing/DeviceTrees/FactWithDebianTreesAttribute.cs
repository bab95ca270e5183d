namespace KernelBuild.Testing.DeviceTrees;

/// <summary>A test on the real trees, shown as skipped where they or a program are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithDebianTreesAttribute : FactAttribute
{
    public FactWithDebianTreesAttribute(params string[] programs)
    {
        Programs = programs;
        Skip = DebianTrees.All.Count == 0
            ? $"there are no device trees below {DebianTrees.Folder}: tests/fetch-debian-kernels.sh fetches them"
            : Requirement.Missing(programs);
    }

    public string[] Programs { get; }
}
