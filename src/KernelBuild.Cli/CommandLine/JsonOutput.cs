using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace KernelBuild.Cli.CommandLine;

/// <summary>
/// Writes the documents of <c>--json</c>, by generated code only: reflection would cost as much as the rest of a command.
/// </summary>
internal static class JsonOutput
{
    /// <summary>A device tree of 64 levels nests 128 deep, a trace of calls up to 256.</summary>
    private const int MaximumDepth = 300;

    /// <param name="output">Gets the document and a line break.</param>
    /// <param name="report">The document.</param>
    /// <param name="type">Its generated form.</param>
    public static void Write<T>(TextWriter output, T report, JsonTypeInfo<T> type)
        where T : JsonReport
    {
        using var bytes = new MemoryStream();

        // The document goes to a terminal or a file, never into HTML: quotes and umlauts stay readable.
        var options = new JsonWriterOptions
        {
            Indented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            MaxDepth = MaximumDepth,
        };
        using (var writer = new Utf8JsonWriter(bytes, options))
        {
            JsonSerializer.Serialize(writer, report, type);
        }

        output.WriteLine(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }
}
