namespace KernelBuild.Testing;

/// <summary>A test that needs programs or real images, and is shown as skipped where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithAttribute : FactAttribute
{
    public FactWithAttribute(params string[] requirements)
    {
        Requirements = requirements;
        Skip = Requirement.Missing(requirements);
    }

    public string[] Requirements { get; }
}
