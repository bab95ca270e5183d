namespace KernelBuild.Iommu.Reporting;

/// <summary>A hue for each group, by the golden angle, so that neighbours differ.</summary>
internal static class GroupHues
{
    /// <summary>Degrees, 0 to 360.</summary>
    public static double Of(int group) => group * 137.508 % 360;
}
