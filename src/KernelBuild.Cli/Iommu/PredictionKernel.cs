using System.Diagnostics.CodeAnalysis;
using KernelBuild.Cli.Files;
using KernelBuild.Compression.Recognition;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Prediction;
using KernelBuild.KernelImages.Inspection;
using KernelBuild.KernelImages.Tables;

namespace KernelBuild.Cli.Iommu;

/// <summary>What a kernel's image says that a prediction depends on.</summary>
/// <param name="Version">Null without a banner.</param>
/// <param name="Table">Its ACS quirks.</param>
internal sealed record PredictionKernel(string? Version, IsolationQuirkTable Table)
{
    /// <summary>Reads the image; without one there is nothing to read, and no error.</summary>
    /// <param name="path">Null for none.</param>
    /// <param name="quirks">Null without an image.</param>
    /// <param name="error">KB9012, KB8001 to KB8006, with the file's name; null when the result is true.</param>
    public static bool TryRead(string? path, out PredictionKernel? quirks, [NotNullWhen(false)] out Diagnostic? error)
    {
        quirks = null;
        error = null;
        try
        {
            quirks = path is null ? null : Read(InputKernel.Read(path));
            return true;
        }
        catch (DiagnosticException exception)
        {
            error = exception.Diagnostics[0];
            return false;
        }
    }

    private static PredictionKernel Read(InputKernel kernel)
    {
        kernel.Symbols();
        var entries = RecoveredTables.Of(kernel.Image).IsolationQuirks;
        var version = KernelFacts.VersionOf(LinuxBanner.Find(kernel.Image.Bytes.Span));
        return new PredictionKernel(
            version.Length == 0 ? null : version,
            new IsolationQuirkTable([.. entries.Select(entry => new IsolationQuirk(entry.Vendor, entry.Device, entry.Handler))]));
    }
}
