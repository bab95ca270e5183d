using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Boot;

/// <summary>Serialization by generated code only: metadata and converters would cost as much as all the rest of the command.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BootInfoReport))]
internal sealed partial class BootInfoJson : JsonSerializerContext
{
    public static string Serialize(BootInfoReport report)
    {
        using var bytes = new MemoryStream();

        // The document goes to a terminal or a file, never into HTML: quotes and umlauts stay readable.
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            JsonSerializer.Serialize(writer, report, Default.BootInfoReport);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
