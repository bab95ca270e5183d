using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.Passthrough;

/// <summary>What was seen of one function: in the machine, then in the guest that it was given to.</summary>
public sealed record FunctionProof(string Function)
{
    public bool IsPresent { get; init; }

    /// <summary>vendor:device, hexadecimal; empty for a function that is not there.</summary>
    public string Id { get; init; } = "";

    /// <summary>24 bits: class, subclass, programming interface.</summary>
    public int Class { get; init; }

    /// <summary>The host's driver before; null for none.</summary>
    public string? HostDriver { get; init; }

    /// <summary>The driver after the binding; null for none.</summary>
    public string? BoundDriver { get; init; }

    /// <summary>Number and type of the IOMMU group (DMA, identity …); null for none.</summary>
    public string? Group { get; init; }

    /// <summary>All of the group, the function included, with the drivers while the guest was to run.</summary>
    public ImmutableArray<GroupDevice> Members { get; init; } = [];

    /// <summary>What VFIO answered: viable, type1, attach, iommu; negative numbers are error numbers.</summary>
    public ImmutableSortedDictionary<string, int> Vfio { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>The guest's console.</summary>
    public ImmutableArray<string> Console { get; init; } = [];

    /// <summary>Messages of the machine's kernel meanwhile about SMMU, IOMMU, VFIO and KVM.</summary>
    public ImmutableArray<string> Messages { get; init; } = [];

    /// <summary>What the guest did with the function; null when it did not get so far.</summary>
    public GuestUse? Use { get; init; }

    public IsolationVerdict Isolation { get; init; }

    /// <summary>Why the isolation is said to be so; one sentence.</summary>
    public string IsolationReason { get; init; } = "";

    /// <summary>Errors, and warnings about what works and costs something.</summary>
    public ImmutableArray<Diagnostic> Findings { get; init; } = [];

    public bool IsProven => Use is not null && Findings.All(finding => finding.Severity != DiagnosticSeverity.Error);
}
