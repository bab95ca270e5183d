using System.Collections.Immutable;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// The machines that an incomplete input can stand for. What is not in the input is a third state: a group is known when it comes out the
/// same on all of them. ACS makes groups only smaller, so the machine on which everything isolates and the one on which nothing does
/// enclose all others; a port that is a bridge to conventional PCI adds the requester IDs that such a bridge puts in place of others, a
/// function above 0 may lack the multi-function bit, and a quirk of the kernel may name a device whose number is not known.
/// </summary>
internal static class PossibleMachines
{
    /// <summary>How to fill in what is missing, one function for each machine; empty when nothing is.</summary>
    /// <param name="atEnumeration">
    /// The domains whose functions get their groups while they are added: their own multi-function bits count.
    /// </param>
    public static ImmutableArray<Func<PciFunction, PciFunction>> Of(
        PciTopology topology, PredictionOptions options, ImmutableHashSet<uint> atEnumeration)
    {
        var hasUnknownBits = topology.Functions.Any(
            function => function.IsMultifunctionBitUnknown && atEnumeration.Contains(function.Address.Domain));
        ImmutableArray<Func<PciFunction, PciFunction>> machines =
            topology.IsCut || topology.Functions.Any(function => function.IsTypeUnknown || function.IsAcsUnknown)
                ?
                [
                    function => WithAcs(WithType(topology, function, isConventional: false), null),
                    function => WithAcs(
                        WithType(topology, function, isConventional: false), new AcsCapability(0, AcsServices.Isolation, AcsServices.Isolation)),
                    function => WithAcs(WithType(topology, function, isConventional: true), null),
                ]
                : hasUnknownBits ? [function => function] : [];
        if (topology.Functions.Any(function => KnownIsolationQuirks.MayName(function, options)))
        {
            machines =
            [
                .. machines.DefaultIfEmpty(function => function).SelectMany(machine => (Func<PciFunction, PciFunction>[])
                    [machine, function => machine(function with { IsTakenForIsolated = KnownIsolationQuirks.MayName(function, options) })]),
            ];
        }

        return hasUnknownBits
            ? [.. machines.SelectMany(machine => (Func<PciFunction, PciFunction>[])[machine, function => machine(WithoutBit(function))])]
            : machines;
    }

    private static PciFunction WithoutBit(PciFunction function) =>
        function.IsMultifunctionBitUnknown ? function with { MultifunctionBit = false } : function;

    private static PciFunction WithType(PciTopology topology, PciFunction function, bool isConventional) => !function.IsTypeUnknown
        ? function
        : function with
        {
            HeaderType = function.IsBridge ? 1 : function.HeaderType,
            PortType = (function.IsBridge, isConventional) switch
            {
                (true, true) => PciPortType.PcieToPciBridge,
                (true, false) => topology.BridgeAbove(function) is null ? PciPortType.RootPort : PciPortType.DownstreamPort,
                (false, true) => null,
                (false, false) => PciPortType.Endpoint,
            },
        };

    private static PciFunction WithAcs(PciFunction function, AcsCapability? acs) => function.PortType is not null
        && !function.HasExtendedSpace
        ? function with { HasExtendedSpace = true, IsTypeUnknown = false, Acs = function.Acs ?? acs }
        : function with { IsTypeUnknown = false };
}
