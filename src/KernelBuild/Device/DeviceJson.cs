using System.Text.Json.Serialization;

namespace KernelBuild.Device;

/// <summary>JSON of an evaluated device, generated at compile time so that a start costs no reflection.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(DeviceBuild))]
[JsonSerializable(typeof(InitBootRequest))]
[JsonSerializable(typeof(VendorBootRequest))]
[JsonSerializable(typeof(DtboRequest))]
internal sealed partial class DeviceJson : JsonSerializerContext;
