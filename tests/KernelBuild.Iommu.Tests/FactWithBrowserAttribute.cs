using KernelBuild.BootImages.Tests.Oracles;

namespace KernelBuild.Iommu.Tests;

/// <summary>A test in a real browser, Debian's chromium, shown as skipped where it or the recorded groups are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWithBrowserAttribute : FactAttribute
{
    public FactWithBrowserAttribute() => Skip = Directory.Exists(LabRecord.Folder) ? Requirement.Missing(["dtc", "chromium"]) : "the recorded groups are not beside the repository";
}
