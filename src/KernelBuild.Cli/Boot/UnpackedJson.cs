using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Boot;

/// <summary>Generated serialization of <see cref="UnpackedImage"/>, both ways.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(UnpackedImage))]
internal sealed partial class UnpackedJson : JsonSerializerContext;
