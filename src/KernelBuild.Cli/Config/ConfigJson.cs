using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Config;

/// <summary>Generated forms of the JSON documents of this room.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ConfigWhyReport))]
[JsonSerializable(typeof(ConfigDiffReport))]
[JsonSerializable(typeof(ConfigCheckReport))]
[JsonSerializable(typeof(ConfigShowReport))]
[JsonSerializable(typeof(ConfigMinimizeReport))]
internal sealed partial class ConfigJson : JsonSerializerContext;
