namespace KernelBuild.Passthrough;

/// <param name="Name">In sysfs.</param>
/// <param name="Driver">Null for none.</param>
public sealed record GroupDevice(string Name, string? Driver);
