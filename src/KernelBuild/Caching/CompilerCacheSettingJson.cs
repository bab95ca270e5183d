using System.Text.Json;
using System.Text.Json.Serialization;

namespace KernelBuild.Caching;

/// <summary>A setting as its text without password. One that had a password is read as a cache without the server.</summary>
internal sealed class CompilerCacheSettingJson : JsonConverter<CompilerCacheSetting>
{
    public override CompilerCacheSetting Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var setting = CompilerCacheSetting.Parse(reader.GetString() ?? "", "/");
        return setting.HasSecret ? CompilerCacheSetting.Default : setting;
    }

    public override void Write(Utf8JsonWriter writer, CompilerCacheSetting value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
