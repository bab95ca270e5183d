using System.Text.Json.Serialization;

namespace KernelBuild.BuildConfigs;

/// <summary>JSON of what a build.config says.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(SourcedBuildConfig))]
internal sealed partial class BuildConfigJson : JsonSerializerContext;
