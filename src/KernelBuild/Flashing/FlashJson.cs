using System.Text.Json.Serialization;

namespace KernelBuild.Flashing;

/// <summary>JSON of the journal and of pulled images, one line each.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(JournalHeader))]
[JsonSerializable(typeof(JournalEntry))]
[JsonSerializable(typeof(PulledPartition))]
internal sealed partial class FlashJson : JsonSerializerContext;
