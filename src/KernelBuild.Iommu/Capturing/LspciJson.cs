using System.Globalization;
using System.Text.Json;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// The JSON that programs like lspci print (lspci -J of clones in other languages, jc --lspci): objects with an address, in any nesting.
/// Names
/// of members are compared without case, underscores, dashes and spaces. What they do not say, such as the types of ports, is unknown.
/// </summary>
internal static class LspciJson
{
    private const int DeepestNesting = 8;

    /// <summary>The functions; null when it is no JSON, or has no PCI address.</summary>
    public static Capture? TryRead(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Span.TrimStart(" \t\r\n"u8) is not [(byte)'[' or (byte)'{', ..])
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            var functions = new SortedDictionary<PciAddress, CapturedFunction>();
            Collect(document.RootElement, functions, 0);
            return functions.Count == 0 ? null : new Capture { Functions = [.. functions.Values] };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void Collect(JsonElement element, SortedDictionary<PciAddress, CapturedFunction> functions, int depth)
    {
        if (depth > DeepestNesting)
        {
            return;
        }

        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
            {
                Collect(item, functions, depth + 1);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            var members = element.EnumerateObject().GroupBy(member => NameOf(member.Name), StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => group.First().Value, StringComparer.Ordinal);
            if (AddressOf(members) is { } address)
            {
                functions[address] = FunctionOf(address, members);
            }

            // a tree of buses has devices below devices
            foreach (var member in members.Values.Where(member => member.ValueKind is JsonValueKind.Array or JsonValueKind.Object))
            {
                Collect(member, functions, depth + 1);
            }
        }
    }

    private static CapturedFunction FunctionOf(PciAddress address, Dictionary<string, JsonElement> members)
    {
        var driver = Text(members, "driver", "kerneldriver", "kerneldriverinuse", "driverinuse");
        var group = Text(members, "iommugroup", "group") is { } number
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : (int?)null;
        if (Bytes(members) is { Length: >= ConfigSpace.HeaderLength } space)
        {
            return new CapturedFunction(address, space, driver, group);
        }

        var function = new PciFunction(
            address, (ushort)(Id(members, "vendorid", "vendor") ?? PciFunction.UnknownId), (ushort)(Id(members, "deviceid", "device") ?? PciFunction.UnknownId))
        {
            ClassCode = ClassOf(members),
            IsMultifunction = address.Rid.Function > 0,
            IsTypeUnknown = true,
        };
        return new CapturedFunction(address, ConfigSpaceWriter.Write(function), driver, group) { IsOfText = true };
    }

    /// <summary>"00:01.0" in one member, or domain, bus, device and function in four.</summary>
    private static PciAddress? AddressOf(Dictionary<string, JsonElement> members)
    {
        if (Text(members, "slot", "address", "pciaddress", "bdf", "sbdf", "businfo", "location", "pcislot") is { } text)
        {
            var at = text.StartsWith("pci@", StringComparison.Ordinal) ? text[4..] : text;
            return PciAddress.TryParse(WithDomain(at, members), out var address) ? address : null;
        }

        return Number(members, "bus", "busint", "busnumber") is <= 0xff and var bus
            && Number(members, "dev", "devint", "devicenumber", "device") is <= 31 and var device
            && Number(members, "function", "functionint", "func", "functionnumber", "fn") is <= 7 and var function
            ? new PciAddress(Number(members, "domain", "domainint", "segment") ?? 0, new RequesterId((byte)bus, (int)device, (int)function))
            : null;
    }

    /// <summary>jc writes slot and domain apart: "00:01.0" and "0001".</summary>
    private static string WithDomain(string slot, Dictionary<string, JsonElement> members) =>
        slot.Length == 7 && Text(members, "domain") is { Length: 4 or 8 } domain ? $"{domain}:{slot}"
        // "01.0" with the bus elsewhere
        : slot.Length == 4 && Text(members, "bus") is { Length: 2 } bus ? $"{Text(members, "domain") ?? "0000"}:{bus}:{slot}"
        : slot;

    private static uint ClassOf(Dictionary<string, JsonElement> members)
    {
        var code = Id(members, "classid", "classcode", "class");
        if (code is null && Text(members, "class", "classname") is { } name)
        {
            code = PciClassNames.Find(name.Split(" [")[0]);
        }

        // with or without the programming interface
        return code is null ? 0 : code > 0xffff ? code.Value & 0xffffff : code.Value << 8;
    }

    /// <summary>The whole configuration space in hexadecimal, where a program gives it; null else.</summary>
    private static byte[]? Bytes(Dictionary<string, JsonElement> members)
    {
        if (Text(members, "config", "configspace", "configuration", "configurationspace", "raw") is not { } text)
        {
            return null;
        }

        var digits = string.Concat(text.Where(char.IsAsciiHexDigit));
        return digits.Length % 2 == 0 && digits.Length <= 8192 ? Convert.FromHexString(digits) : null;
    }

    /// <summary>A number in hexadecimal, "8086", "0x8086" or "Intel [8086]"; a JSON number as it is.</summary>
    private static uint? Id(Dictionary<string, JsonElement> members, params string[] names)
    {
        foreach (var name in names)
        {
            if (members.TryGetValue(name, out var value))
            {
                if (value.ValueKind == JsonValueKind.Number && value.TryGetUInt32(out var number))
                {
                    return number;
                }

                if (value.ValueKind == JsonValueKind.String && value.GetString() is { } text
                    && uint.TryParse(Digits(text), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id))
                {
                    return id;
                }
            }
        }

        return null;
    }

    private static string Digits(string text)
    {
        var open = text.LastIndexOf('[');
        var part = open >= 0 && text.EndsWith(']') ? text[(open + 1)..^1] : text.Trim();
        return part.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? part[2..] : part.Length is 4 or 6 ? part : "";
    }

    /// <summary>A JSON number, or hexadecimal digits: lspci writes buses so.</summary>
    private static uint? Number(Dictionary<string, JsonElement> members, params string[] names)
    {
        foreach (var name in names)
        {
            if (members.TryGetValue(name, out var value)
                && (value.ValueKind == JsonValueKind.Number ? value.TryGetUInt32(out var number)
                    : uint.TryParse(
                        (value.ValueKind == JsonValueKind.String ? value.GetString() : "")!.Replace("0x", "", StringComparison.OrdinalIgnoreCase),
                        NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)))
            {
                return number;
            }
        }

        return null;
    }

    private static string? Text(Dictionary<string, JsonElement> members, params string[] names)
    {
        foreach (var name in names)
        {
            if (members.TryGetValue(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            {
                return value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
            }
        }

        return null;
    }

    private static string NameOf(string member) => string.Concat(member.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
}
