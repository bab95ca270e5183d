namespace KernelBuild.Tests.Support;

/// <summary>A test that needs programs, and is shown as skipped where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWithAttribute : FactAttribute
{
    public FactWithAttribute(params string[] programs)
    {
        Programs = programs;
        Skip = programs.FirstOrDefault(program => !Oracle.IsInstalled(program)) is { } missing ? $"the program {missing} is not installed" : null;
    }

    public string[] Programs { get; }
}
