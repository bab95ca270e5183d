using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Avb;

/// <summary>Generated forms of the JSON documents of this room.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AvbReport))]
[JsonSerializable(typeof(LockReport))]
internal sealed partial class AvbJson : JsonSerializerContext;
