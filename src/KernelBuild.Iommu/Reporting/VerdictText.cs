using KernelBuild.Iommu.Fixes;

namespace KernelBuild.Iommu.Reporting;

/// <summary>Verdicts in words.</summary>
public static class VerdictText
{
    public static string Of(FixVerdict verdict) => verdict switch
    {
        FixVerdict.EnforcedByHardware => "enforced by hardware",
        FixVerdict.AssertedOnly => "asserted only",
        FixVerdict.Unknown => "unknown",
        FixVerdict.NothingKnown => "nothing known",
        _ => "impossible",
    };
}
