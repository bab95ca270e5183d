using System.Text.Json;

namespace KernelBuild.Stages;

/// <param name="Key">SHA-256 over all that can change the stage's result.</param>
/// <param name="Result">What the stage made, in the JSON form of its type.</param>
public sealed record StageRecord(string Key, JsonElement Result);
