using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>Reads a capture in whichever form it comes: our file, our script's output, a sysfs tar, or lspci's text.</summary>
public static class CaptureReader
{
    /// <param name="error">
    /// KB7001 when there is neither a PCI function in it nor anything else, KB7003 when it is damaged, KB7013 when it broke off,
    /// KB7021 when it contradicts itself.
    /// </param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Capture? capture, [NotNullWhen(false)] out Diagnostic? error)
    {
        bytes = PastedText.ToUtf8(bytes);
        if (!CaptureFile.Names(bytes.Span) && LspciJson.TryRead(bytes) is { } clone)
        {
            capture = clone;
        }
        else if (CaptureFile.IsOne(bytes.Span))
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
        else if (CaptureScript.IsOutput(bytes.Span))
        {
            if (!CaptureScript.TryRead(bytes.Span, out capture, out error))
            {
                return false;
            }
        }
        else
        {
            if (!LspciText.TryRead(bytes.Span, out capture, out error))
            {
                return false;
            }
        }

        // a phone may have no PCI at all: its platform has groups nevertheless
        error = null;
        if (!capture.Platform.IsEmpty || !capture.DeviceTree.IsEmpty || capture.Functions.Any(function => function.Describe() is not null))
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
        var functions = capture.ToTopology().Functions;
        if (capture.IsCut)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.CaptureCut,
                capture.CutAfter is { } place
                    ? $"a part of the text was left out after {place}, so no group is known"
                    : $"the text ends within {(functions is [.., var last] ? last.Address : "its first function")}: what follows is missing, so no group is "
                        + "known",
                "copy all of it, or let lspci write a file: lspci -D -nnk -xxxx > lspci.txt");
        }

        if (!capture.Gaps.IsEmpty)
        {
            var places = capture.Gaps.Take(4).Select(gap => string.Create(CultureInfo.InvariantCulture, $"{gap.Address} at {gap.Offset:x2}"));
            yield return Diagnostic.Warning(
                DiagnosticCodes.CaptureCut,
                $"rows of hexadecimal are missing or broken: {string.Join(", ", places)}{(capture.Gaps.Length > 4 ? " and more" : "")}; what "
                    + "depends on them is unknown",
                "messages of the console got into the text, perhaps: let lspci write a file, lspci -D -nnk -xxxx > lspci.txt");
        }

        if (Missing(functions, function => function.IsClassUnknown) is { } unseen)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.PortTypeMissing,
                $"{unseen} captured with the address alone, so it is not known which are bridges: groups that depend on that are unknown",
                "capture as root: lspci -D -nnk -xxxx, or kernelbuild iommu capture");
        }

        if (Missing(functions, function => function is { IsTypeUnknown: true, IsClassUnknown: false }) is { } untyped)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.PortTypeMissing,
                $"{untyped} captured without their capabilities, so it is not known which are ports: groups that depend on that are "
                    + $"unknown",
                "capture as root: lspci -D -nnk -xxxx, or kernelbuild iommu capture");
        }

        if (Missing(functions, function => function is { IsBusUnknown: true, IsTypeUnknown: false }) is { } open)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.PortTypeMissing,
                $"{open} captured without the line 'Bus: primary=…', so it is not known what is behind: groups that depend on that are unknown",
                "give all that lspci prints, not chosen lines of it: lspci -D -nnk -xxxx as root, or kernelbuild iommu capture");
        }

        if (Missing(functions, function => function.IsAcsUnknown) is { } blind)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.ExtendedSpaceMissing,
                $"{blind} captured without extended configuration space, or without the control of ACS: groups that depend on ACS are "
                    + $"unknown",
                "capture as root: lspci -D -nnk -xxxx (-vvv, not -v), or kernelbuild iommu capture; only root reads beyond the first 64 "
                    + "bytes");
        }

        if (Missing(functions, function => function is { HasIds: false, IsClassUnknown: false }) is { } nameless)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.IdsMissing,
                $"{nameless} captured without vendor and device ID: whether a quirk of the kernel takes them for isolated is not known",
                "capture with numbers: lspci -D -nnk -xxxx, or lspci -D -nnvvv");
        }
    }

    /// <summary>Functions whose groups are unknown because no header was captured, for a kernel that asks for one.</summary>
    /// <returns>KB7020, or nothing where the kernel does not ask or the groups are the same either way.</returns>
    public static IEnumerable<Diagnostic> CheckHeaders(
        IommuTree tree, PciTopology topology, PredictionOptions options, GroupPrediction prediction)
    {
        var domains = GroupPredictor.DomainsAtEnumeration(tree, topology, options);
        var unknown = prediction.Decisions
            .Where(decision => decision is { IsUnknown: true, Function: { IsMultifunctionBitUnknown: true } function }
                && domains.Contains(function.Address.Domain))
            .Select(decision => decision.Device).ToHashSet(StringComparer.Ordinal);
        if (Missing(topology.Functions, function => unknown.Contains(function.Address.ToString())) is { } headless)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.MultifunctionBitMissing,
                $"{headless} captured without the header, and so without the multi-function bit: since Linux 6.15 a function above 0 that lacks it gets "
                    + "a group apart from its siblings",
                "capture with headers: lspci -D -nnk -xxxx as root (-x has them for any user), or kernelbuild iommu capture");
        }
    }

    /// <summary>"3 of 9 functions, such as 0000:00:01.0, were"; null when none is meant.</summary>
    private static string? Missing(ImmutableArray<PciFunction> functions, Func<PciFunction, bool> isMissing)
    {
        var missing = functions.Where(isMissing).ToArray();
        return missing.Length == 0 ? null
            : $"{missing.Length} of {Counted.Of(functions.Length, "function")}, such as {missing[0].Address}, "
            + $"{(missing.Length == 1 ? "was" : "were")}";
    }
}
