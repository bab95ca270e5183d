using System.Collections.Immutable;
using System.Globalization;

namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>
/// A PCI topology for QEMU's virt machine, drawn from a seed: root ports with and without ACS, alone and as functions of one
/// device, switches, multifunction devices, bridges to conventional PCI, one below the other, root-complex endpoints and
/// conventional functions; up to four buses below the root bus, and up to 40 functions.
/// </summary>
public sealed class RandomTopology(int seed)
{
    private const int MostFunctions = 40;
    private const int DeepestBus = 4;

    private static readonly string[] ExpressDevices = ["e1000e", "e1000e", "qemu-xhci", "virtio-rng-pci-non-transitional"];
    private static readonly string[] ConventionalDevices = ["e1000", "e1000", "rtl8139", "edu", "pci-testdev"];

    private readonly Random _random = new(seed);
    private readonly List<string> _arguments = [];
    private int _names;
    private int _functions = 1;

    /// <summary>Whether a third of the devices of PCI Express have virtual functions, some of them beside further functions.</summary>
    public bool HasVirtualFunctions { get; init; }

    /// <summary>Whether there are bridges to conventional PCI.</summary>
    public bool HasConventionalBuses { get; init; } = true;

    /// <summary>-device options.</summary>
    public ImmutableArray<string> Create()
    {
        if (HasVirtualFunctions)
        {
            // one at least, whatever is drawn
            Virtual(Port(16, 0, withoutAcs: false, multifunction: false), 0);
        }

        for (var slot = 1; slot < 16 && Room(6); slot++)
        {
            switch (_random.Next(12))
            {
                case 0:
                    Device(Conventional(), "pcie.0", slot, 0);
                    break;
                case 1:
                    // root-complex endpoints: Intel's count as isolated at once, others by ACS, which QEMU's have not
                    Express("pcie.0", slot);
                    break;
                case 2 when HasConventionalBuses:
                    Conventionals(Bridge(_random.Next(2) == 0 ? "i82801b11-bridge" : "pci-bridge", "pcie.0", slot), 1);
                    break;
                case 3 or 4:
                    RootPorts(slot);
                    break;
                case 5:
                    Behind(Bridge("ioh3420", "pcie.0", slot), 1);
                    break;
                default:
                    Behind(Port(slot, 0, _random.Next(3) == 0, multifunction: false), 1);
                    break;
            }
        }

        return [.. _arguments];
    }

    private bool Room(int functions) => _functions <= MostFunctions - functions;

    private void RootPorts(int slot)
    {
        var count = _random.Next(2, 5);
        for (var function = 0; function < count && Room(5); function++)
        {
            Behind(Port(slot, function, _random.Next(2) == 0, multifunction: function == 0), 1);
        }
    }

    /// <param name="depth">Of the bus: 1 behind a root port.</param>
    private void Behind(string bus, int depth)
    {
        if (!Room(4))
        {
            return;
        }

        switch (_random.Next(depth < DeepestBus - 1 ? 8 : depth < DeepestBus ? 6 : 4))
        {
            case 0 or 1:
                Express(bus, 0);
                break;
            case 2:
                Device(Conventional(), bus, 0, 0);
                break;
            case 3:
                // nothing in the slot
                break;
            case 4 or 5 when HasConventionalBuses:
                Conventionals(Bridge("pcie-pci-bridge", bus, 0), depth + 1);
                break;
            default:
                var upstream = Bridge("x3130-upstream", bus, 0);
                for (var port = _random.Next(1, 4); port > 0 && Room(4); port--)
                {
                    Behind(Bridge("xio3130-downstream", upstream, port), depth + 2);
                }

                break;
        }
    }

    /// <summary>Devices on a conventional bus, and perhaps one more bus below it.</summary>
    private void Conventionals(string bus, int depth)
    {
        for (var slot = _random.Next(1, 4); slot > 0 && Room(2); slot--)
        {
            if (depth < DeepestBus && Room(4) && _random.Next(5) == 0)
            {
                Conventionals(Bridge("pci-bridge", bus, slot), depth + 1);
            }
            else
            {
                Device(Conventional(), bus, slot, 0);
            }
        }
    }

    /// <summary>One function, or a device of several, alike or not.</summary>
    private void Express(string bus, int slot)
    {
        if (HasVirtualFunctions && _random.Next(3) == 0 && Room(10))
        {
            Virtual(bus, slot);
            return;
        }

        var count = _random.Next(3) == 0 ? _random.Next(2, 4) : 1;
        var first = ExpressDevices[_random.Next(ExpressDevices.Length)];
        for (var function = 0; function < count; function++)
        {
            Device(
                _random.Next(3) == 0 ? ExpressDevices[_random.Next(ExpressDevices.Length)] : first, bus, slot, function,
                function == 0 && count > 1);
        }
    }

    /// <summary>
    /// A disk whose virtual functions follow it: up to seven of its own device, or beyond, which takes ARI; function 7 may be another
    /// device, which no virtual function is to meet.
    /// </summary>
    private void Virtual(string bus, int slot)
    {
        var isAlone = _random.Next(2) == 0;
        var most = isAlone && bus != "pcie.0" && _random.Next(3) == 0 ? 9 : _random.Next(1, isAlone ? 8 : 7);
        var name = string.Create(CultureInfo.InvariantCulture, $"s{++_names}");
        _functions += most;
        _arguments.AddRange(["-device", $"nvme-subsys,id={name}"]);
        Device(
            string.Create(
                CultureInfo.InvariantCulture,
                $"nvme,serial={name},subsys={name},sriov_max_vfs={most},sriov_vq_flexible={2 * most},sriov_vi_flexible={most},"
                + $"max_ioqpairs={(2 * most) + 2},msix_qsize={most + 2}"),
            bus, slot, 0, !isAlone);
        if (!isAlone)
        {
            Device(ExpressDevices[_random.Next(ExpressDevices.Length)], bus, slot, 7);
        }
    }

    private string Conventional() => ConventionalDevices[_random.Next(ConventionalDevices.Length)];

    private string Port(int slot, int function, bool withoutAcs, bool multifunction) =>
        Bridge(
            "pcie-root-port", "pcie.0", slot, function, (multifunction ? ",multifunction=on" : "") + (withoutAcs ? ",disable-acs=on" : ""));

    private string Bridge(string device, string bus, int slot, int function = 0, string options = "")
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"b{++_names}");
        var number = device switch
        {
            "pcie-root-port" or "ioh3420" or "xio3130-downstream" => $",chassis={_names}",
            "pci-bridge" => $",chassis_nr={_names}",
            _ => "",
        };
        _functions++;
        _arguments.AddRange([
            "-device",
            string.Create(CultureInfo.InvariantCulture, $"{device},id={name},bus={bus},addr={slot:x}.{function}{number}{options}"),
        ]);
        return name;
    }

    private void Device(string device, string bus, int slot, int function, bool multifunction = false)
    {
        _functions++;
        var rom = device is "e1000" or "e1000e" or "rtl8139" ? ",romfile=" : "";
        _arguments.AddRange([
            "-device",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{device},bus={bus},addr={slot:x}.{function}{rom}{(multifunction ? ",multifunction=on" : "")}"),
        ]);
    }
}
