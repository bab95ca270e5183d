using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Dtbo;

/// <summary>Generated serialization of the list beside unpacked overlays, both ways.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(UnpackedDtbo))]
internal sealed partial class DtboListJson : JsonSerializerContext;
