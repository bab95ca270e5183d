using System.Text.Json.Serialization;

namespace KernelBuild.ModuleCheck;

/// <summary>JSON of the verdict on a device's modules.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CheckedModules))]
internal sealed partial class ModuleCheckJson : JsonSerializerContext;
