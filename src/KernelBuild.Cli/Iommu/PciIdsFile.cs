using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Cli.Iommu;

/// <summary>The file pci.ids of this machine, or the one that the user named.</summary>
internal static class PciIdsFile
{
    private static readonly string[] _usual = ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids", "/usr/share/pci.ids"];

    /// <summary>The names that a machine needs; a short list of our own where no file is.</summary>
    /// <param name="path">Null for the usual places.</param>
    /// <param name="error">Of a file that was named: KB9012, or KB9010 when it is none.</param>
    public static bool TryRead(
        string? path, PciTopology topology, [NotNullWhen(true)] out PciNames? names, [NotNullWhen(false)] out Diagnostic? error)
    {
        names = PciNames.BuiltIn;
        error = null;
        if ((path ?? Array.Find(_usual, File.Exists)) is not { } file)
        {
            return true;
        }

        if (InputFile.TryRead(file, out var bytes, out error))
        {
            names = PciNames.Read(bytes.Span, topology.Functions);
            error = path is null || PciNames.IsList(bytes.Span) ? null
                : Diagnostic.Error(
                    DiagnosticCodes.UsageInvalid, $"'{path}' is no pci.ids: no line of it names a vendor",
                    "a line is '8086  Intel Corporation'; Debian has the file in the package pci.ids");
            return error is null;
        }

        // what is there and cannot be read is no reason to show nothing
        error = path is null ? null : error;
        names = error is null ? names : null;
        return error is null;
    }
}
