using System.Globalization;
using System.Text;
using System.Text.Json;
using KernelBuild.Device;
using KernelBuild.Host.Files;

namespace KernelBuild.BootTest;

/// <param name="Groups">As Linux formed them.</param>
/// <param name="Differences">From the expectation; empty when it holds or when there is none.</param>
/// <param name="ExpectedFile">The expectation; null when the device has none.</param>
/// <param name="Seconds">Wall time of the boot.</param>
/// <param name="Banner">The kernel's own, "Linux version …".</param>
/// <param name="Modules">What the guest's init says of them.</param>
public sealed record BootTestResult(
    IommuGroups Groups, IReadOnlyList<string> Differences, string? ExpectedFile, double Seconds, string Banner, GuestModules Modules)
{
    /// <summary>Of the boot.img that was booted.</summary>
    public Sha256Digest ImageDigest { get; init; }

    /// <summary>As QEMU calls itself; empty when it was not asked.</summary>
    public string Emulator { get; init; } = "";

    /// <summary>QEMU's; files below the device's root folder.</summary>
    public IReadOnlyList<string> EmulatorArguments { get; init; } = [];

    /// <summary>The groups as a person reads them, one line each.</summary>
    public IEnumerable<string> Describe()
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"{Banner}, {Seconds:0.0} s");
        foreach (var group in Groups.Groups)
        {
            yield return "group  " + string.Join(' ', group);
        }

        if (Groups.Ungrouped.Count > 0)
        {
            yield return "none   " + string.Join(' ', Groups.Ungrouped);
        }

        if (Modules.Loaded is { } loaded)
        {
            yield return loaded.IsEmpty ? "no module is loaded" : "modules " + string.Join(' ', loaded);
        }

        yield return ExpectedFile is null
            ? "the device states no expectation"
            : $"as expected in {Path.GetFileName(ExpectedFile)}";
    }

    public string ToJson(DeviceBuild device)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("device", device.Name);
            json.WriteBoolean("withoutPatches", device.WithoutPatches);
            json.WriteStartObject("image");
            json.WriteString("path", "boot.img");
            json.WriteString("sha256", ImageDigest.ToString());
            json.WriteEndObject();
            json.WriteStartObject("emulator");
            json.WriteString("version", Emulator);
            json.WritePropertyName("arguments");
            WriteAll(json, EmulatorArguments);
            json.WriteEndObject();
            json.WriteString("kernel", Banner);
            json.WriteNumber("seconds", Math.Round(Seconds, 3));
            json.WriteString("expectation", ExpectedFile is null ? null : Path.GetFileName(ExpectedFile));
            json.WriteStartArray("groups");
            foreach (var group in Groups.Groups)
            {
                WriteAll(json, group);
            }

            json.WriteEndArray();
            json.WritePropertyName("ungrouped");
            WriteAll(json, Groups.Ungrouped);
            json.WritePropertyName("differences");
            WriteAll(json, Differences);
            if (Modules.Loaded is { } loaded)
            {
                json.WritePropertyName("modules");
                WriteAll(json, loaded);
                json.WritePropertyName("modulesMissing");
                WriteAll(json, Modules.Missing);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private static void WriteAll(Utf8JsonWriter json, IEnumerable<string> values)
    {
        json.WriteStartArray();
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
