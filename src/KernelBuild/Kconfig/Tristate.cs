namespace KernelBuild.Kconfig;

/// <summary>n, m and y, in their order: "and" is the lesser, "or" the greater, "not" the distance from y.</summary>
public enum Tristate
{
    No = 0,
    Module = 1,
    Yes = 2,
}
