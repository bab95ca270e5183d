using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Handover;

/// <summary>A domain of libvirt: the guest of <see cref="EmulatorCommand"/>. Checked in the tests with libvirt's own schema.</summary>
internal static class LibvirtDomain
{
    public static string Of(GuestMachine machine, ImmutableArray<PciFunction> functions, GuestSettings settings)
    {
        XElement[] boot = settings.Kernel is null ? [] :
        [
            new XElement("kernel", settings.Kernel),
            .. settings.Initrd is null ? (XElement[])[] : [new XElement("initrd", settings.Initrd)],
            new XElement("cmdline", "console=ttyAMA0"),
        ];
        var domain = new XElement(
            "domain", new XAttribute("type", "kvm"),
            new XElement("name", settings.Name),
            new XElement("memory", new XAttribute("unit", "MiB"), settings.MemoryMebibytes),
            new XElement(
                "vcpu", machine.Clusters is { Length: > 1 } clusters ? new XAttribute("cpuset", GuestPlanner.Range(clusters[^1])) : null,
                settings.Processors),
            new XElement(
                "os", settings.Kernel is null ? new XAttribute("firmware", "efi") : null,
                new XElement("type", new XAttribute("arch", "aarch64"), new XAttribute("machine", "virt"), "hvm"), boot),
            new XElement(
                "features",
                new XElement(
                    "gic", new XAttribute("version", machine.GicVersion?.ToString(CultureInfo.InvariantCulture) ?? "host"))),
            new XElement("cpu", new XAttribute("mode", "host-passthrough")),
            new XElement(
                "devices",
                new XElement("emulator", "/usr/bin/qemu-system-aarch64"),
                functions.Select(Function),
                new XElement("console", new XAttribute("type", "pty"))));
        return domain + "\n";
    }

    /// <summary>managed="no": the binding is that of the commands beside it.</summary>
    private static XElement Function(PciFunction function)
    {
        var rid = function.Address.Rid;
        return new XElement(
            "hostdev", new XAttribute("mode", "subsystem"), new XAttribute("type", "pci"), new XAttribute("managed", "no"),
            new XElement("driver", new XAttribute("name", "vfio")),
            new XElement("source", new XElement(
                "address",
                new XAttribute("domain", string.Create(CultureInfo.InvariantCulture, $"0x{function.Address.Domain:x4}")),
                new XAttribute("bus", string.Create(CultureInfo.InvariantCulture, $"0x{rid.Bus:x2}")),
                new XAttribute("slot", string.Create(CultureInfo.InvariantCulture, $"0x{rid.Device:x2}")),
                new XAttribute("function", string.Create(CultureInfo.InvariantCulture, $"0x{rid.Function:x1}")))),
            new XElement("rom", new XAttribute("bar", "off")));
    }
}
