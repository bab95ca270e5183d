using System.Text.Json.Serialization;

namespace KernelBuild.Configure;

/// <summary>JSON of the configured kernel.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ConfiguredKernel))]
internal sealed partial class ConfigureJson : JsonSerializerContext;
