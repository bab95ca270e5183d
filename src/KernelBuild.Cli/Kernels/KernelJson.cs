using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace KernelBuild.Cli.Kernels;

/// <summary>Serialization by generated code only.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
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
internal sealed partial class KernelJson : JsonSerializerContext
{
    public static void Write<T>(TextWriter output, T report, JsonTypeInfo<T> type)
    {
        using var bytes = new MemoryStream();

        // The document goes to a terminal or a file, never into HTML: quotes and umlauts stay readable.
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 256 }))
        {
            JsonSerializer.Serialize(writer, report, type);
        }

        output.WriteLine(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }
}
