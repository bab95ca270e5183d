using System.Text.Json;
using Nuke.Common.IO;

namespace Nuke.Common.Parameters;

/// <summary>Reads .nuke/parameters.json: an object of names and values.</summary>
internal static class ParametersFile
{
    public const string RelativePath = ".nuke/parameters.json";

    /// <summary>The values of the file; none if there is no file.</summary>
    /// <exception cref="UsageException">The file is not valid JSON, or it contains an unknown name.</exception>
    public static IReadOnlyDictionary<Parameter, RawValue> Read(AbsolutePath root, IReadOnlyList<Parameter> parameters)
    {
        var file = root / RelativePath;
        var values = new Dictionary<Parameter, RawValue>();
        if (!File.Exists(file))
        {
            return values;
        }

        try
        {
            var options = new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
            using var document = JsonDocument.Parse(File.ReadAllBytes(file), options);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (!property.Name.StartsWith('$') && property.Value.ValueKind != JsonValueKind.Null)
                {
                    var parameter = parameters.FirstOrDefault(parameter => parameter.IsNamed(property.Name))
                        ?? throw Unknown(property.Name, parameters);
                    values[parameter] = new RawValue(Texts(property.Value), $"{RelativePath}, \"{property.Name}\"");
                }
            }
        }
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException(
                $"{RelativePath} cannot be read: {exception.Message}", "correct the file: it contains one JSON object of names and values");
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
            nearest is null
                ? $"remove \"{name}\"; --help lists all parameters"
                : $"did you mean \"{nearest}\"? --help lists all parameters");
    }
}
