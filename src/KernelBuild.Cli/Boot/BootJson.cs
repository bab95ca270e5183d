using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Boot;

/// <summary>Generated forms of the JSON documents of this room.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BootInfoReport))]
[JsonSerializable(typeof(RegionInfo[]))]
[JsonSerializable(typeof(DiffReport))]
[JsonSerializable(typeof(ExtractReport))]
[JsonSerializable(typeof(RamdiskReport))]
internal sealed partial class BootJson : JsonSerializerContext;
