using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace KernelBuild.Cli.Iommu;

/// <summary>Serialization by generated code only: metadata and converters would cost as much as all the rest of the command.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(GroupsReport))]
[JsonSerializable(typeof(ExplainReport))]
[JsonSerializable(typeof(CureReport))]
[JsonSerializable(typeof(LintReport))]
[JsonSerializable(typeof(Source.SourceReport))]
internal sealed partial class IommuJson : JsonSerializerContext
{
    public static string Serialize(GroupsReport report) => Serialize(report, Default.GroupsReport);

    public static string Serialize(ExplainReport report) => Serialize(report, Default.ExplainReport);

    public static string Serialize(CureReport report) => Serialize(report, Default.CureReport);

    public static string Serialize(LintReport report) => Serialize(report, Default.LintReport);

    public static string Serialize(Source.SourceReport report) => Serialize(report, Default.SourceReport);

    private static string Serialize<T>(T report, JsonTypeInfo<T> type)
    {
        using var bytes = new MemoryStream();

        // The document goes to a terminal or a file, never into HTML: quotes and umlauts stay readable.
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            JsonSerializer.Serialize(writer, report, type);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
