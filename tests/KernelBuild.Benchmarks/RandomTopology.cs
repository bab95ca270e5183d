using System.Globalization;

namespace KernelBuild.Benchmarks;

/// <summary>A PCI topology for QEMU's virt machine, drawn from a seed: ports with and without ACS, switches, bridges, multifunction devices.</summary>
internal sealed class RandomTopology(int seed)
{
    private const int MostFunctions = 40;

    private readonly Random _random = new(seed);
    private readonly List<string> _arguments = [];
    private int _names;
    private int _functions = 1;

    /// <summary>-device options.</summary>
    public IReadOnlyList<string> Create()
    {
        for (var slot = 1; slot < 12 && _functions < MostFunctions - 8; slot++)
        {
            switch (_random.Next(8))
            {
                case 0:
                    Device("e1000", "pcie.0", slot, 0);
                    break;
                case 1:
                    Pair("e1000e", "pcie.0", slot);
                    break;
                case 2:
                    var silent = _random.Next(2) == 0;
                    Behind(Port("pcie.0", slot, 0, silent, multifunction: true), 1);
                    Behind(Port("pcie.0", slot, 1, silent ? _random.Next(2) == 0 : silent, multifunction: false), 1);
                    break;
                default:
                    Behind(Port("pcie.0", slot, 0, _random.Next(3) == 0, multifunction: false), 1);
                    break;
            }
        }

        return _arguments;
    }

    private void Behind(string bus, int depth)
    {
        switch (_random.Next(depth < 4 ? 7 : 3))
        {
            case 0:
                Pair("e1000e", bus, 0);
                break;
            case 1 or 2:
                Device("e1000e", bus, 0, 0);
                break;
            case 3:
                // nothing in the slot
                break;
            case 4 or 5:
                var upstream = Bridge("x3130-upstream", bus, "");
                for (var port = _random.Next(1, 4); port > 0 && _functions < MostFunctions - 2; port--)
                {
                    Behind(Bridge("xio3130-downstream", upstream, $",chassis={_names + 1}"), depth + 2);
                }

                break;
            default:
                var bridge = Bridge("pcie-pci-bridge", bus, "");
                for (var device = _random.Next(1, 4); device > 0; device--)
                {
                    Device("e1000", bridge, device, 0);
                }

                break;
        }
    }

    private string Port(string bus, int slot, int function, bool withoutAcs, bool multifunction) =>
        Bridge("pcie-root-port", bus, string.Create(CultureInfo.InvariantCulture, $",chassis={_names + 1},addr={slot:x}.{function}{(multifunction ? ",multifunction=on" : "")}{(withoutAcs ? ",disable-acs=on" : "")}"));

    private string Bridge(string device, string bus, string options)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"b{++_names}");
        _functions++;
        _arguments.AddRange(["-device", $"{device},id={name},bus={bus}{options}"]);
        return name;
    }

    private void Pair(string device, string bus, int slot)
    {
        Device(device, bus, slot, 0, ",multifunction=on");
        Device(device, bus, slot, 1);
    }

    private void Device(string device, string bus, int slot, int function, string options = "")
    {
        _functions++;
        _arguments.AddRange(["-device", string.Create(CultureInfo.InvariantCulture, $"{device},bus={bus},addr={slot:x}.{function},romfile={options}")]);
    }
}
