using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Artifacts;

/// <summary>Generated forms of the JSON documents of this room.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ArtifactVerifyReport))]
[JsonSerializable(typeof(ArtifactDiffReport))]
internal sealed partial class ArtifactJson : JsonSerializerContext;
