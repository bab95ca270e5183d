using System.Text.Json.Serialization;

namespace KernelBuild.Stages;

/// <summary>JSON of the stage records.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StageRecords))]
internal sealed partial class StageJson : JsonSerializerContext;
