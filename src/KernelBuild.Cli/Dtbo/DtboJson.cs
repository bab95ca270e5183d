using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Dtbo;

/// <summary>Generated forms of the JSON documents of this room.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DtboReport))]
internal sealed partial class DtboJson : JsonSerializerContext;
