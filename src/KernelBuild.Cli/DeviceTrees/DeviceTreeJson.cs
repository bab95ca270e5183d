using System.Text.Json.Serialization;

namespace KernelBuild.Cli.DeviceTrees;

/// <summary>Generated forms of the JSON documents of this room.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DeviceTreeShowReport))]
[JsonSerializable(typeof(DeviceTreeDiffReport))]
[JsonSerializable(typeof(DeviceTreeWriteReport))]
internal sealed partial class DeviceTreeJson : JsonSerializerContext;
