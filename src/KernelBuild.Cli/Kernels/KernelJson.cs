using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Kernels;

/// <summary>Generated forms of the JSON documents of this room.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KernelInfoReport))]
[JsonSerializable(typeof(KernelConfigReport))]
[JsonSerializable(typeof(KernelSymbolsReport))]
[JsonSerializable(typeof(KernelCallersReport))]
[JsonSerializable(typeof(KernelTraceReport))]
[JsonSerializable(typeof(KernelStringsReport))]
[JsonSerializable(typeof(KernelPropertiesReport))]
[JsonSerializable(typeof(KernelTablesReport))]
[JsonSerializable(typeof(KernelListingReport))]
[JsonSerializable(typeof(KernelPatchReport))]
[JsonSerializable(typeof(KernelElfReport))]
[JsonSerializable(typeof(KernelPathReport))]
[JsonSerializable(typeof(KernelDiffReport))]
[JsonSerializable(typeof(KernelTypesReport))]
[JsonSerializable(typeof(ModulesCheckReport))]
internal sealed partial class KernelJson : JsonSerializerContext;
