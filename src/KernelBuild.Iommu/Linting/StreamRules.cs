using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Linting;

/// <summary>Devices of the platform: references that lead nowhere, and stream IDs in common.</summary>
internal static class StreamRules
{
    public static IEnumerable<Diagnostic> Check(IommuTree tree)
    {
        var owners = new Dictionary<(IommuProvider, StreamId), PlatformMaster>();
        foreach (var master in tree.Masters.Where(master => master.Node.IsReachable))
        {
            if (master.Error is not null)
            {
                yield return master.Error with { Code = DiagnosticCodes.IommuReferenceUnusable };
                continue;
            }

            var found = StreamLookup.OfPlatform(tree, master);
            if (found.Provider is not { } provider)
            {
                yield return Diagnostic.Warning(
                    DiagnosticCodes.IommuReferenceUnusable, $"{master.Path} has no group: {found.Reason}",
                    "enable the IOMMU, if the firmware leaves it to Linux");
                continue;
            }

            foreach (var stream in found.Streams.Where(_ => provider.Kind is IommuKind.Smmu or IommuKind.SmmuV3))
            {
                if (!owners.TryAdd((provider, stream), master) && owners[(provider, stream)] is var first
                    && !ReferenceEquals(first, master))
                {
                    yield return provider.Kind == IommuKind.SmmuV3
                        ? Diagnostic.Error(
                            DiagnosticCodes.StreamIdShared,
                            $"{master.Path} and {first.Path} have the stream ID {stream} at {provider.Path}: an SMMUv3 stream has one "
                            + $"owner, so the second has no group (Linux before 5.11 panics)",
                            "give each its own stream ID")
                        : Diagnostic.Note(
                            DiagnosticCodes.StreamIdShared,
                            $"{master.Path} and {first.Path} have the stream ID {stream} at {provider.Path}: they share an IOMMU group, "
                            + $"because the SMMU cannot tell them apart");
                }
            }
        }
    }
}
