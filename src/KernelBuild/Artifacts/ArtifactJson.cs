using System.Text.Json.Serialization;

namespace KernelBuild.Artifacts;

/// <summary>JSON of entries.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ArtifactEntry))]
internal sealed partial class ArtifactJson : JsonSerializerContext;
