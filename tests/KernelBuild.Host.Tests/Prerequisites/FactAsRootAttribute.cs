namespace KernelBuild.Host.Tests.Prerequisites;

/// <summary>A test of what only root may do, shown as skipped for others.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactAsRootAttribute : FactAttribute
{
    public FactAsRootAttribute() => Skip = Environment.IsPrivilegedProcess ? null : "needs root";
}
