using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KernelBuild.Variants;

/// <summary>JSON of plans, results and the report.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    UseStringEnumConverter = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(VariantPlan))]
[JsonSerializable(typeof(VariantReport))]
[JsonSerializable(typeof(CellResult))]
[JsonSerializable(typeof(Dictionary<string, long>))]
internal sealed partial class VariantJson : JsonSerializerContext
{
    private static VariantJson? _readable;

    /// <summary>For files that people read: '+' stays '+'.</summary>
    public static VariantJson Readable => _readable ??= new VariantJson(
        new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
