using System.Globalization;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// Whether functions and the paths above them isolate (rule S7, isolation). Source: drivers/pci/pci.c, pci_acs_enabled,
/// pci_acs_flags_enabled, pci_acs_path_enabled.
/// </summary>
internal sealed class AcsRules(PciTopology topology, PredictionOptions options)
{
    private readonly Dictionary<PciAddress, AcsVerdict> _verdicts = [];

    public AcsVerdict Of(PciFunction function)
    {
        if (!_verdicts.TryGetValue(function.Address, out var verdict))
        {
            _verdicts[function.Address] = verdict = Decide(function);
        }

        return verdict;
    }

    /// <summary>The first port from here to the root complex that does not isolate; null when all do.</summary>
    public PciFunction? FirstGap(PciFunction start)
    {
        for (PciFunction? port = start; port is not null; port = topology.BridgeAbove(port))
        {
            if (!Of(port).IsEnabled)
            {
                return port;
            }
        }

        return null;
    }

    private AcsVerdict Decide(PciFunction function)
    {
        if (options.AddedQuirks.Contains(function.Id))
        {
            return new(true, $"an ACS quirk for {function.Id} declares it isolated");
        }

        if (KnownIsolationQuirks.Match(function, options) is { } quirk)
        {
            return quirk;
        }

        if (function.IsTakenForIsolated)
        {
            return new(true, "a quirk of the kernel may name it");
        }

        switch (function.PortType)
        {
            case null:
                return new(false, "it is conventional PCI, which has no ACS");
            case PciPortType.PcieToPciBridge or PciPortType.PciToPcieBridge or PciPortType.RootComplexEventCollector:
                return new(false, $"a {function.Kind} never isolates");
            case PciPortType.RootPort or PciPortType.DownstreamPort:
                return ByRegisters(function);
            case PciPortType.Endpoint or PciPortType.LegacyEndpoint or PciPortType.UpstreamPort or PciPortType.RootComplexEndpoint:
                return function.IsMultifunction
                    ? ByRegisters(function)
                    : new(true, "the device has a single function, so there is no peer within it");
            default:
                return new(true, "ACS is not required for its port type");
        }
    }

    private AcsVerdict ByRegisters(PciFunction function)
    {
        if (Acs(function) is not { } acs)
        {
            return new(
                false,
                function.HasExtendedSpace
                    ? "it has no ACS capability"
                    : "no ACS capability was captured (only the first 256 bytes of its configuration space)");
        }

        // a service that the hardware does not offer is not needed, except egress control: pci_acs_flags_enabled
        var needed = AcsServices.Isolation & (acs.Capability | AcsServices.EgressControl);
        return (acs.Control & needed) == needed
            ? new(
                true,
                string.Create(CultureInfo.InvariantCulture, $"ACS is on: control 0x{(int)acs.Control:x2} has all of 0x{(int)needed:x2}"))
            : new(
                false,
                string.Create(
                    CultureInfo.InvariantCulture, $"ACS is present and off: control 0x{(int)acs.Control:x2}, needed 0x{(int)needed:x2}"));
    }

    /// <summary>
    /// Source Validation of IDT's switches is broken: Linux takes it out of what they offer. Source: drivers/pci/quirks.c,
    /// pci_disable_broken_acs_cap (7.0).
    /// </summary>
    private AcsCapability? Acs(PciFunction function) =>
        function.Acs is { } acs && options.Kernel.DropsBrokenSourceValidation && function.Id is "111d:80b5" or "111d:8090"
            ? function.Acs with { Capability = function.Acs.Capability & ~AcsServices.SourceValidation }
            : function.Acs;
}
