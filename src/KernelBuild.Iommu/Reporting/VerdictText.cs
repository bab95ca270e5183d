using KernelBuild.Iommu.Curing;

namespace KernelBuild.Iommu.Reporting;

/// <summary>Verdicts in words.</summary>
public static class VerdictText
{
    public static string Of(CureVerdict verdict) => verdict switch
    {
        CureVerdict.EnforcedByHardware => "enforced by hardware",
        CureVerdict.AssertedOnly => "asserted only",
        _ => "impossible",
    };
}
