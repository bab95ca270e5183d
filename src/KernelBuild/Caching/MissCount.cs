namespace KernelBuild.Caching;

/// <summary>How many objects missed for one reason.</summary>
public sealed record MissCount(string Reason, int Objects);
