using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KernelBuild.Passthrough;

/// <summary>JSON of a proof.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PassthroughResult))]
internal sealed partial class PassthroughJson : JsonSerializerContext
{
    private static PassthroughJson? _readable;

    /// <summary>For files that people read: '+' stays '+'.</summary>
    public static PassthroughJson Readable =>
        _readable ??= new PassthroughJson(new JsonSerializerOptions(Default.GeneratedSerializerOptions!)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
}
