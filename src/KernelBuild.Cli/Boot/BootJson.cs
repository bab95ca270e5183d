using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using KernelBuild.Cli.Images;

namespace KernelBuild.Cli.Boot;

/// <summary>Serialization by generated code only: metadata and converters would cost as much as all the rest of the command.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BootInfoReport))]
[JsonSerializable(typeof(RegionInfo[]))]
[JsonSerializable(typeof(VerifyReport))]
[JsonSerializable(typeof(EditReport))]
[JsonSerializable(typeof(DiffReport))]
[JsonSerializable(typeof(Avb.AvbReport))]
[JsonSerializable(typeof(Dtbo.DtboReport))]
internal sealed partial class BootJson : JsonSerializerContext
{
    public static string Write<T>(T document, JsonTypeInfo<T> type)
    {
        using var bytes = new MemoryStream();

        // The document goes to a terminal or a file, never into HTML: quotes and umlauts stay readable.
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            JsonSerializer.Serialize(writer, document, type);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
