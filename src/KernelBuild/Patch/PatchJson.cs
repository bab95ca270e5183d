using System.Text.Json.Serialization;

namespace KernelBuild.Patch;

/// <summary>JSON of the patched source.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PatchedSource))]
internal sealed partial class PatchJson : JsonSerializerContext;
