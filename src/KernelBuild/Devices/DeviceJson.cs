using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using KernelBuild.Artifacts;
using KernelBuild.Patches.Bench;
using KernelBuild.Sources;

namespace KernelBuild.Devices;

/// <summary>The JSON forms that we write and read back; generated, so that a start costs no reflection.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(DeviceBuild))]
[JsonSerializable(typeof(LockFile))]
[JsonSerializable(typeof(StageRecords))]
[JsonSerializable(typeof(BuildState))]
[JsonSerializable(typeof(MatrixCell))]
[JsonSerializable(typeof(MatrixReport))]
internal sealed partial class DeviceJson : JsonSerializerContext
{
    private static DeviceJson? _readable;

    /// <summary>For files that people read: '+' stays '+'.</summary>
    public static DeviceJson Readable =>
        _readable ??= new DeviceJson(new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
