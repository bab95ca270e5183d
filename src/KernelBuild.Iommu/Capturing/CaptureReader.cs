using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;

namespace KernelBuild.Iommu.Capturing;

/// <summary>Reads a capture in whichever form it comes: our file, our script's output, a sysfs tar, or lspci's text.</summary>
public static class CaptureReader
{
    /// <param name="error">KB7001 when there is no PCI function in it, KB7003 when it is damaged.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Capture? capture, [NotNullWhen(false)] out Diagnostic? error)
    {
        if (CaptureFile.IsOne(bytes.Span))
        {
            if (!CaptureFile.TryRead(bytes, out capture, out error))
            {
                return false;
            }
        }
        else if (SysfsTar.IsOne(bytes.Span))
        {
            if (!SysfsTar.TryRead(bytes, out capture, out error))
            {
                return false;
            }
        }
        else
        {
            capture = CaptureScript.IsOutput(bytes.Span)
                ? CaptureScript.Read(bytes.Span)
                : new Capture { Functions = LspciText.Read(bytes.Span) };
        }

        error = null;
        if (capture.Functions.Any(function => function.Describe() is not null))
        {
            return true;
        }

        capture = null;
        error = Diagnostic.Error(
            DiagnosticCodes.TopologyEmpty,
            "there is no PCI function in it: it is neither output of lspci -D -xxxx or -D -nnvvv, nor a tar of sysfs, nor a capture",
            "run lspci -D -xxxx as root, or kernelbuild iommu capture");
        return false;
    }

    /// <summary>What is missing in a capture for a prediction that can be relied on.</summary>
    public static IEnumerable<Diagnostic> Check(Capture capture)
    {
        var untyped = capture.ToTopology().Functions.Where(function => function.IsTypeUnknown).ToArray();
        if (untyped.Length > 0)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.PortTypeMissing,
                $"{untyped.Length} of {capture.Functions.Length} functions, such as {untyped[0].Address}, were captured without their "
                + $"capabilities, so it is not known which are ports: groups with them may be wrong",
                "capture as root: lspci -D -xxxx, or kernelbuild iommu capture");
        }

        var blind = capture.Functions
            .Select(function => function.Describe())
            .Where(function => function is { PortType: not null, HasExtendedSpace: false })
            .ToArray();
        if (blind.Length > 0)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.ExtendedSpaceMissing,
                $"{blind.Length} of {capture.Functions.Length} functions, such as {blind[0]!.Address}, were captured without extended "
                + $"configuration space, or without the control of ACS, which is taken to be off",
                "capture as root: lspci -D -xxxx (-vvv, not -v); only root reads beyond the first 64 bytes");
        }
    }
}
