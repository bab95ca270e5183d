using System.Text.Json.Serialization;

namespace KernelBuild.Manifest;

/// <summary>JSON of what the stages hand to each other.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(BuildState))]
internal sealed partial class BuildStateJson : JsonSerializerContext;
