using System.Text.Json;
using Nuke.Common.IO;

namespace Nuke.Common.Parameters;

/// <summary>.nuke/parameters.json: an object of names and values.</summary>
internal static class ParametersFile
{
    public const string RelativePath = ".nuke/parameters.json";

    /// <summary>The values of the file; none where there is no file.</summary>
    /// <exception cref="UsageException">The file is not JSON, or it names something that is no parameter.</exception>
    public static IReadOnlyDictionary<Parameter, RawValue> Read(AbsolutePath root, IReadOnlyList<Parameter> parameters)
    {
        var file = root / RelativePath;
        return file.FileExists() ? Parse(file, parameters) : new Dictionary<Parameter, RawValue>();
    }

    /// <summary>A method of its own: System.Text.Json is loaded when this is compiled, which most builds can do without.</summary>
    private static Dictionary<Parameter, RawValue> Parse(AbsolutePath file, IReadOnlyList<Parameter> parameters)
    {
        var values = new Dictionary<Parameter, RawValue>();
        try
        {
            using var document = JsonDocument.Parse(
                File.ReadAllBytes(file), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name.StartsWith('$') || property.Value.ValueKind == JsonValueKind.Null)
                {
                    continue;
                }

                var parameter = parameters.FirstOrDefault(parameter => parameter.IsNamed(property.Name)) ?? throw Unknown(property.Name, parameters);
                values[parameter] = new RawValue(Texts(property.Value), $"{RelativePath}, \"{property.Name}\"");
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{RelativePath} cannot be read: {exception.Message}", "mend the file: it holds one JSON object of names and values");
        }

        return values;
    }

    private static IReadOnlyList<string> Texts(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(element => element.ToString())] : [value.ToString()];

    private static UsageException Unknown(string name, IReadOnlyList<Parameter> parameters)
    {
        var nearest = Nearest.To(name, parameters.Select(parameter => parameter.Name));
        return new UsageException(
            $"{RelativePath} sets \"{name}\", which is no parameter of this build",
            nearest is null ? $"take \"{name}\" out; --help lists all parameters" : $"did you mean \"{nearest}\"? --help lists all parameters");
    }
}
