using KernelBuild.BootImages.Tests.Oracles;

namespace KernelBuild.Iommu.Tests;

/// <summary>A test against recorded runs of Linux, shown as skipped where they or dtc are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWithLabAttribute : FactAttribute
{
    public FactWithLabAttribute() => Skip = Directory.Exists(LabRecord.Folder) ? Requirement.Missing(["dtc"]) : "the recorded groups are not beside the repository";
}
