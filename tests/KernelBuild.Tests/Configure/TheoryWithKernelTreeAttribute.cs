namespace KernelBuild.Tests.Configure;

/// <summary><see cref="FactWithKernelTreeAttribute"/> for a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryWithKernelTreeAttribute : TheoryAttribute
{
    public TheoryWithKernelTreeAttribute() => Skip = new FactWithKernelTreeAttribute().Skip;
}
