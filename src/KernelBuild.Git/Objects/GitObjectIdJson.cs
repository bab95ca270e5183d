using System.Text.Json;
using System.Text.Json.Serialization;

namespace KernelBuild.Git.Objects;

/// <summary>An object id in JSON: its text. Anything else is a <see cref="JsonException"/>.</summary>
public sealed class GitObjectIdJson : JsonConverter<GitObjectId>
{
    public override GitObjectId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString();
        return GitObjectId.TryParse(text, out var value) ? value : throw new JsonException($"'{text}' is not a full git object id");
    }

    public override void Write(Utf8JsonWriter writer, GitObjectId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
