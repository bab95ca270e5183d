using System.Globalization;
using KernelBuild.DeviceTrees.Addressing;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Iommu.Binding;

/// <summary>
/// How Linux names the platform device of a node: "1dc4000.dma-controller", the address being the processor's.
/// Source: drivers/of/platform.c, of_device_make_bus_id; drivers/of/address.c, of_translate_address.
/// </summary>
public static class PlatformDeviceName
{
    public static string Of(LocatedNode node)
    {
        var name = "";
        for (var current = node; current.Parent is not null; current = current.Parent)
        {
            var suffix = name.Length > 0 ? ":" + name : "";
            if (CpuAddress(current) is { } address)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{(ulong)address:x}.{current.Node.BaseName}{suffix}");
            }

            name = current.Node.Name + suffix;
        }

        return name;
    }

    private static UInt128? CpuAddress(LocatedNode node)
    {
        if (!BusAddresses.TryReadRegisters(node, out var registers, out _) || registers.IsEmpty
            || BusAddresses.SizeCells(node.Parent!.Node) == 0)
        {
            return null;
        }

        var address = registers[0].Address;
        for (var bus = node.Parent; bus?.Parent is not null; bus = bus.Parent)
        {
            if (!bus.Node.TryGetProperty("ranges", out var ranges))
            {
                return null;
            }

            if (ranges.Value.IsEmpty)
            {
                continue;
            }

            if (!BusAddresses.TryReadTranslations(bus, "ranges", out var translations, out _))
            {
                return null;
            }

            var found = false;
            foreach (var translation in translations)
            {
                if (address >= translation.ChildAddress && address - translation.ChildAddress < translation.Size)
                {
                    address = address - translation.ChildAddress + translation.ParentAddress;
                    found = true;
                    break;
                }
            }

            if (!found)
            {
                return null;
            }
        }

        return address;
    }
}
