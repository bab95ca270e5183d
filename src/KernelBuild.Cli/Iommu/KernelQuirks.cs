using KernelBuild.BootImages;
using KernelBuild.Cli.Kernel;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Prediction;
using KernelBuild.KernelImages.Inspection;
using KernelBuild.KernelImages.Tables;

namespace KernelBuild.Cli.Iommu;

/// <summary>What a kernel's image says that a prediction depends on.</summary>
/// <param name="Version">Null without a banner.</param>
/// <param name="Table">Its ACS quirks.</param>
internal sealed record KernelQuirks(string? Version, AcsQuirkTable Table)
{
    /// <exception cref="DiagnosticException">KB9012, KB8001 to KB8006, with the file's name.</exception>
    public static KernelQuirks Read(string path)
    {
        var kernel = InputKernel.Read(path);
        kernel.Symbols();
        var entries = RecoveredTables.Of(kernel.Image).AcsQuirks;
        var version = KernelFacts.VersionOf(LinuxBanner.Find(kernel.Image.Bytes.Span));
        return new KernelQuirks(version.Length == 0 ? null : version, new AcsQuirkTable([.. entries.Select(entry => new AcsQuirk(entry.Vendor, entry.Device, entry.Handler))]));
    }
}
