using System.Text.Json;
using System.Text.Json.Serialization;

namespace KernelBuild.Host.Files;

/// <summary>A digest in JSON: its text. Anything else is a <see cref="JsonException"/>.</summary>
public sealed class Sha256DigestJson : JsonConverter<Sha256Digest>
{
    public override Sha256Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString();
        return Sha256Digest.TryParse(text, out var value) ? value : throw new JsonException($"'{text}' is not a SHA-256 digest");
    }

    public override void Write(Utf8JsonWriter writer, Sha256Digest value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
