using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>The portable form of a capture: one JSON document, described in docs/guide/iommu-groups.md.</summary>
public static class CaptureFile
{
    private const string Format = "kernelbuild-iommu-capture";
    private const int Version = 1;

    public static byte[] Write(Capture capture)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteNumber("version", Version);
            json.WriteString("kernel", capture.Kernel);
            json.WriteString("commandLine", capture.CommandLine);
            json.WriteBase64String("deviceTree", capture.DeviceTree.Span);
            json.WriteStartObject("hostBridges");
            foreach (var (domain, path) in capture.HostPaths.OrderBy(host => host.Key))
            {
                json.WriteString(domain.ToString(CultureInfo.InvariantCulture), path);
            }

            json.WriteEndObject();
            json.WriteStartArray("functions");
            foreach (var function in capture.Functions)
            {
                json.WriteStartObject();
                json.WriteString("address", function.Address.ToString());
                json.WriteString("driver", function.Driver);
                if (function.Group is { } group)
                {
                    json.WriteNumber("group", group);
                }
                else
                {
                    json.WriteNull("group");
                }

                if (function.PhysicalFunction is { } physical)
                {
                    json.WriteString("physicalFunction", physical.ToString());
                }

                if (function.Ids is { } ids)
                {
                    json.WriteString("ids", string.Create(CultureInfo.InvariantCulture, $"{ids.Vendor:x4}:{ids.Device:x4}"));
                }

                if (function.IsOfText)
                {
                    json.WriteBoolean("ofText", true);
                }

                // trailing zeros say nothing; the length is kept
                json.WriteNumber("length", function.Configuration.Length);
                json.WriteString("configuration", Convert.ToHexStringLower(function.Configuration.Span.TrimEnd((byte)0)));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WritePlatform(json, capture);
            json.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    /// <summary>What most captures do not have is left out.</summary>
    private static void WritePlatform(Utf8JsonWriter json, Capture capture)
    {
        if (!capture.Platform.IsEmpty)
        {
            json.WriteStartArray("platform");
            foreach (var device in capture.Platform)
            {
                json.WriteStartObject();
                json.WriteString("name", device.Name);
                json.WriteString("driver", device.Driver);
                if (device.Group is { } group)
                {
                    json.WriteNumber("group", group);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (capture.IsAcpi)
        {
            json.WriteBoolean("acpi", true);
        }

        if (!capture.Iort.IsEmpty)
        {
            json.WriteBase64String("iort", capture.Iort.Span);
        }

        if (capture.IsCut)
        {
            json.WriteBoolean("cut", true);
        }

        if (capture.CutAfter is { } place)
        {
            json.WriteString("cutAfter", place.ToString());
        }

        if (!capture.Gaps.IsEmpty)
        {
            json.WriteStartArray("gaps");
            foreach (var gap in capture.Gaps)
            {
                json.WriteStartObject();
                json.WriteString("address", gap.Address.ToString());
                json.WriteNumber("offset", gap.Offset);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    public static bool IsOne(ReadOnlySpan<byte> bytes) => bytes.TrimStart(" \t\r\n"u8).StartsWith("{"u8);

    /// <summary>Whether the text has the name of the format, and so is no other program's JSON.</summary>
    public static bool Names(ReadOnlySpan<byte> bytes) => bytes.IndexOf("kernelbuild-iommu"u8) >= 0;

    /// <param name="error">KB7003.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Capture? capture, [NotNullWhen(false)] out Diagnostic? error)
    {
        capture = null;
        error = null;
        try
        {
            using var document = JsonDocument.Parse(bytes);
            capture = Read(document.RootElement);
            return true;
        }
        catch (JsonException exception)
        {
            error = Wrong($"it is not a JSON document (line {exception.LineNumber + 1})");
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException or KeyNotFoundException
            or DecoderFallbackException)
        {
            error = Wrong(exception.Message);
        }

        return false;
    }

    private static Capture Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out var format) || !format.ValueEquals(Format))
        {
            throw new FormatException($"its format is not {Format}");
        }

        if (root.GetProperty("version").GetInt32() != Version)
        {
            throw new FormatException($"its version is not {Version}");
        }

        var functions = ImmutableArray.CreateBuilder<CapturedFunction>();
        foreach (var element in root.GetProperty("functions").EnumerateArray())
        {
            var length = element.GetProperty("length").GetInt32();
            var configuration = Convert.FromHexString(element.GetProperty("configuration").GetString() ?? "");
            if (!PciAddress.TryParse(element.GetProperty("address").GetString(), out var address) || length is < 0 or > 4096
                || configuration.Length > length)
            {
                throw new FormatException("a function has no address, or a configuration space of an impossible length");
            }

            Array.Resize(ref configuration, length);
            var group = element.GetProperty("group");
            functions.Add(new CapturedFunction(
                address, configuration, element.GetProperty("driver").GetString(),
                group.ValueKind == JsonValueKind.Number ? group.GetInt32() : null)
            {
                PhysicalFunction = Physical(element),
                Ids = Ids(element),
                IsOfText = element.TryGetProperty("ofText", out var ofText) && ofText.GetBoolean(),
            });
        }

        return new Capture
        {
            Kernel = root.GetProperty("kernel").GetString() ?? "",
            CommandLine = root.GetProperty("commandLine").GetString() ?? "",
            DeviceTree = root.GetProperty("deviceTree").GetBytesFromBase64(),
            Functions = functions.DrainToImmutable(),
            HostPaths = Hosts(root.GetProperty("hostBridges")),
            Platform = root.TryGetProperty("platform", out var platform) ? [.. platform.EnumerateArray().Select(Device)] : [],
            IsAcpi = root.TryGetProperty("acpi", out var acpi) && acpi.GetBoolean(),
            Iort = root.TryGetProperty("iort", out var iort) ? iort.GetBytesFromBase64() : default,
            IsCut = root.TryGetProperty("cut", out var cut) && cut.GetBoolean(),
            CutAfter = root.TryGetProperty("cutAfter", out var after) ? Address(after) : null,
            Gaps = root.TryGetProperty("gaps", out var gaps)
                ? [.. gaps.EnumerateArray().Select(gap => new CapturedGap(Address(gap.GetProperty("address")), gap.GetProperty("offset").GetInt32()))]
                : [],
        };
    }

    private static PciAddress Address(JsonElement text) =>
        PciAddress.TryParse(text.GetString(), out var address) ? address : throw new FormatException("it names a place that is no address");

    private static CapturedDevice Device(JsonElement device) => new(
        device.GetProperty("name").GetString() is { Length: > 0 } name ? name : throw new FormatException("a device of the platform has "
            + "no name"),
        device.TryGetProperty("driver", out var driver) ? driver.GetString() : null,
        device.TryGetProperty("group", out var group) && group.ValueKind == JsonValueKind.Number ? group.GetInt32() : null);

    private static PciAddress? Physical(JsonElement function) => !function.TryGetProperty("physicalFunction", out var text) ? null
        : PciAddress.TryParse(text.GetString(), out var address) ? address
        : throw new FormatException($"'{text}' is not the address of a physical function");

    private static (ushort Vendor, ushort Device)? Ids(JsonElement function)
    {
        if (!function.TryGetProperty("ids", out var text))
        {
            return null;
        }

        return text.GetString()?.Split(':') is [var vendor, var device]
            && ushort.TryParse(vendor, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var vendorId)
            && ushort.TryParse(device, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var deviceId)
                ? (vendorId, deviceId)
                : throw new FormatException($"'{text}' is not vendor and device of a function, such as 8086:10d3");
    }

    private static ImmutableDictionary<uint, string> Hosts(JsonElement element)
    {
        var hosts = ImmutableDictionary.CreateBuilder<uint, string>();
        foreach (var host in element.EnumerateObject())
        {
            if (!uint.TryParse(host.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var domain))
            {
                throw new FormatException($"'{host.Name}' is not a PCI domain: hostBridges names them in decimal, below 4294967296");
            }

            if (!hosts.TryAdd(domain, host.Value.GetString() ?? ""))
            {
                throw new FormatException($"hostBridges names PCI domain {domain} twice");
            }
        }

        return hosts.ToImmutable();
    }

    private static Diagnostic Wrong(string why) =>
        Diagnostic.Error(
            DiagnosticCodes.CaptureInvalid, $"the capture cannot be read: {why}",
            "capture again: kernelbuild iommu capture --output capture.json");
}
