using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KernelBuild.Bench;

/// <summary>JSON of the patch bench: stored cells and the report.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(MatrixCell))]
[JsonSerializable(typeof(MatrixReport))]
internal sealed partial class MatrixJson : JsonSerializerContext
{
    private static MatrixJson? _readable;

    /// <summary>For files that people read: '+' stays '+'.</summary>
    public static MatrixJson Readable =>
        _readable ??= new MatrixJson(new JsonSerializerOptions(Default.GeneratedSerializerOptions!)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
}
