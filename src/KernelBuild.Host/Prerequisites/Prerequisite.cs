namespace KernelBuild.Host.Prerequisites;

/// <param name="Package">Debian's name of what to install.</param>
/// <param name="IsPresent">Whether the host has it, by whatever way it was installed.</param>
public sealed record Prerequisite(string Package, Func<bool> IsPresent);
