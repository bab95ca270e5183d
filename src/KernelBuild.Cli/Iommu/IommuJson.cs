using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Iommu;

/// <summary>Generated forms of the JSON documents of this room.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(GroupsReport))]
[JsonSerializable(typeof(ExplainReport))]
[JsonSerializable(typeof(FixReport))]
[JsonSerializable(typeof(GuestReport))]
[JsonSerializable(typeof(LintReport))]
internal sealed partial class IommuJson : JsonSerializerContext;
