namespace KernelBuild.Stages;

/// <param name="Key">SHA-256 over all that can change the stage's result.</param>
/// <param name="Values">What later runs want to know of this one.</param>
public sealed record StageRecord(string Key, Dictionary<string, string> Values);
