using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nuke.Common.Execution;

namespace Nuke.Common.Parameters;

/// <summary>
/// .nuke/build.schema.json in the form in which NUKE 10 writes it: editors complete parameters.json from it, and the
/// <c>nuke</c> tool completes its command line.
/// </summary>
internal static class BuildSchema
{
    public static string Render(IReadOnlyList<Parameter> own, IReadOnlyList<ExecutableTarget> targets)
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(stream, options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "http://json-schema.org/draft-04/schema#");
            json.WriteStartObject("definitions");
            WriteEnumeration(json, "Host", Enum.GetNames<BuildHost>());
            WriteEnumeration(json, "ExecutableTarget", targets.Select(target => target.Name).Order(StringComparer.Ordinal));
            WriteEnumeration(json, "Verbosity", Enum.GetNames<Verbosity>());
            json.WriteStartObject("NukeBuild");
            WriteProperties(json, BuiltInParameters.All);
            json.WriteEndObject();
            json.WriteEndObject();

            json.WriteStartArray("allOf");
            json.WriteStartObject();
            WriteProperties(json, own);
            json.WriteEndObject();
            json.WriteStartObject();
            json.WriteString("$ref", "#/definitions/NukeBuild");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void WriteEnumeration(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "string");
        WriteValues(json, values);
        json.WriteEndObject();
    }

    private static void WriteValues(Utf8JsonWriter json, IEnumerable<string> values)
    {
        json.WriteStartArray("enum");
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static void WriteProperties(Utf8JsonWriter json, IReadOnlyList<Parameter> parameters)
    {
        json.WriteStartObject("properties");
        foreach (var parameter in parameters)
        {
            json.WriteStartObject(parameter.Name);
            WriteProperty(json, parameter);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteProperty(Utf8JsonWriter json, Parameter parameter)
    {
        var definition = Definition(parameter);
        if (definition is null || parameter.Type.IsArray)
        {
            WriteType(json, parameter.Type.IsArray ? "array" : TypeName(parameter.ElementType), Nullable.GetUnderlyingType(parameter.Type) is not null);
        }

        if (parameter.Description.Length > 0)
        {
            json.WriteString("description", parameter.Description);
        }

        if (parameter.IsSecret)
        {
            json.WriteString("default", "Secrets do not belong into this file: set the environment variable");
        }

        if (parameter.Type.IsArray)
        {
            json.WriteStartObject("items");
            if (definition is null)
            {
                WriteType(json, TypeName(parameter.ElementType), isNullable: false);
            }

            WriteElement(json, parameter, definition);
            json.WriteEndObject();
        }
        else
        {
            WriteElement(json, parameter, definition);
        }
    }

    private static void WriteElement(Utf8JsonWriter json, Parameter parameter, string? definition)
    {
        if (definition is not null)
        {
            json.WriteString("$ref", "#/definitions/" + definition);
        }
        else if (parameter.ElementType == typeof(int))
        {
            json.WriteString("format", "int32");
        }
        else if (parameter.ElementType.IsEnum)
        {
            WriteValues(json, Enum.GetNames(parameter.ElementType));
        }
    }

    private static void WriteType(Utf8JsonWriter json, string type, bool isNullable)
    {
        if (!isNullable)
        {
            json.WriteString("type", type);
            return;
        }

        json.WriteStartArray("type");
        json.WriteStringValue(type);
        json.WriteStringValue("null");
        json.WriteEndArray();
    }

    private static string TypeName(Type type) => type == typeof(bool) ? "boolean" : type == typeof(int) ? "integer" : "string";

    private static string? Definition(Parameter parameter) =>
        parameter == BuiltInParameters.Host ? "Host"
        : parameter == BuiltInParameters.Verbosity ? "Verbosity"
        : parameter == BuiltInParameters.Skip || parameter == BuiltInParameters.Target ? "ExecutableTarget"
        : null;
}
