using System.Text.Json;
using System.Text.Json.Serialization;

namespace KernelBuild.Farm;

/// <summary>A setting as its text.</summary>
internal sealed class BuildFarmSettingJson : JsonConverter<BuildFarmSetting>
{
    public override BuildFarmSetting Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        BuildFarmSetting.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, BuildFarmSetting value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
