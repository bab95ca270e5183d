using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Tar;
using System.Globalization;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// A tar of parts of /sys and /proc, as anybody can make one: <c>tar cf capture.tar /sys/devices/*/pci* /sys/firmware/fdt
/// /proc/version</c>. Each PCI function is a folder with the file config and the links driver and iommu_group.
/// </summary>
public static class SysfsTar
{
    public static bool IsOne(ReadOnlySpan<byte> bytes) => bytes.Length > 262 && bytes[257..].StartsWith("ustar"u8);

    /// <param name="error">KB7003.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Capture? capture, [NotNullWhen(false)] out Diagnostic? error)
    {
        capture = null;
        error = null;
        try
        {
            using var stream = new MemoryStream(bytes.ToArray(), writable: false);
            using var tar = new TarReader(stream);
            capture = Read(tar);
            return true;
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException or ArgumentException
            or InvalidOperationException or NotSupportedException or OverflowException)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.CaptureInvalid, $"the tar cannot be read: {exception.Message}",
                "make it again, or use kernelbuild iommu capture on the machine itself");
            return false;
        }
    }

    private static Capture Read(TarReader tar)
    {
        var spaces = new SortedDictionary<PciAddress, byte[]>();
        var drivers = new Dictionary<PciAddress, string>();
        var groups = new Dictionary<PciAddress, int>();
        var physical = new Dictionary<PciAddress, PciAddress>();
        var hosts = ImmutableDictionary<uint, string>.Empty;
        var capture = new Capture();
        while (tar.GetNextEntry() is { } entry)
        {
            var path = entry.Name.Split('/', StringSplitOptions.RemoveEmptyEntries);
            if (path.Length == 0)
            {
                continue;
            }

            if (path is [.., "sys", "firmware", "fdt"])
            {
                capture = capture with { DeviceTree = Content(entry) };
            }
            else if (path is [.., "acpi", "tables", "IORT" or "DMAR" or "IVRS"])
            {
                capture = capture with { IsAcpi = true, Iort = path[^1] == "IORT" ? Content(entry) : capture.Iort };
            }
            else if (path is [.., "proc", "version"])
            {
                capture = capture with { Kernel = Text(entry).Split(' ').ElementAtOrDefault(2) ?? "" };
            }
            else if (path is [.., "proc", "cmdline"])
            {
                capture = capture with { CommandLine = Text(entry) };
            }
            else if (path is [.., var folder, var name] && PciAddress.TryParse(folder, out var address) && folder.Length > 7)
            {
                var target = entry.LinkName.Split('/')[^1];
                switch (name)
                {
                    case "config":
                        spaces[address] = Content(entry);
                        break;
                    case "driver":
                        drivers[address] = target;
                        break;
                    case "physfn" when PciAddress.TryParse(target, out var function):
                        physical[address] = function;
                        break;
                    case "iommu_group" when int.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out var group):
                        groups[address] = group;
                        break;
                    default:
                        break;
                }
            }
            else if (path is [.., var bridge, "of_node"] && HostDomain(bridge) is { } domain
                && entry.LinkName.IndexOf("devicetree/base/", StringComparison.Ordinal) is >= 0 and var at)
            {
                hosts = hosts.SetItem(domain, "/" + entry.LinkName[(at + "devicetree/base/".Length)..]);
            }
        }

        return capture with
        {
            HostPaths = hosts,
            Functions = [.. spaces.Select(space => new CapturedFunction(
                space.Key, Trim(space.Value), drivers.GetValueOrDefault(space.Key),
                groups.TryGetValue(space.Key, out var group) ? group : null)
            {
                PhysicalFunction = physical.TryGetValue(space.Key, out var function) ? function : null,
            })],
        };
    }

    /// <summary>The domain of "pci0000:00".</summary>
    private static uint? HostDomain(string name) =>
        name.StartsWith("pci", StringComparison.Ordinal) && name.IndexOf(':', StringComparison.Ordinal) is > 3 and var colon
        && uint.TryParse(name.AsSpan(3, colon - 3), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var domain)
        ? domain
        : null;

    private static byte[] Content(TarEntry entry)
    {
        if (entry.DataStream is null)
        {
            return [];
        }

        // a configuration space has at most 4096 bytes, a tree 2 GiB; the archive itself is in memory already
        using var copy = new MemoryStream();
        entry.DataStream.CopyTo(copy);
        return copy.ToArray();
    }

    private static string Text(TarEntry entry) => Encoding.UTF8.GetString(Content(entry)).Trim('\n', '\0', ' ');

    /// <summary>tar pads what sysfs announced and did not give with zeros.</summary>
    private static byte[] Trim(byte[] space) => space.Length <= 4096 ? space : space[..4096];
}
