using System.Text.Json.Serialization;

namespace KernelBuild.Pack;

/// <summary>JSON of what packing makes.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PackedImages))]
[JsonSerializable(typeof(CompressedRamdisk))]
internal sealed partial class PackJson : JsonSerializerContext;
