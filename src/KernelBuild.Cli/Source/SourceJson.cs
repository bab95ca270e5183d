using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Source;

/// <summary>Generated forms of the JSON documents of this room.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SourceReport))]
internal sealed partial class SourceJson : JsonSerializerContext;
