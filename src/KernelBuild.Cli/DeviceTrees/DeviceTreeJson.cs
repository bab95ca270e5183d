using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace KernelBuild.Cli.DeviceTrees;

/// <summary>Serialization by generated code only: metadata and converters would cost as much as all the rest of the command.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DeviceTreeShowReport))]
[JsonSerializable(typeof(DeviceTreeDiffReport))]
[JsonSerializable(typeof(DeviceTreeWriteReport))]
internal sealed partial class DeviceTreeJson : JsonSerializerContext
{
    public static string Serialize(DeviceTreeShowReport report) => Serialize(report, Default.DeviceTreeShowReport);

    public static string Serialize(DeviceTreeDiffReport report) => Serialize(report, Default.DeviceTreeDiffReport);

    public static string Serialize(DeviceTreeWriteReport report) => Serialize(report, Default.DeviceTreeWriteReport);

    private static string Serialize<T>(T report, JsonTypeInfo<T> type)
    {
        using var bytes = new MemoryStream();

        // The document goes to a terminal or a file, never into HTML; a node of 64 levels nests 128 deep.
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 300 }))
        {
            JsonSerializer.Serialize(writer, report, type);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
