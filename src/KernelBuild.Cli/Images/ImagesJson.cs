using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Images;

/// <summary>Generated forms of the JSON documents of this room.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(VerifyReport))]
[JsonSerializable(typeof(EditReport))]
internal sealed partial class ImagesJson : JsonSerializerContext;
