using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Tables;

namespace KernelBuild.KernelImages.Patching;

/// <summary>
/// Makes a stock kernel treat a PCI device as isolated: an entry of pci_dev_acs_enabled[] for a device that is not there gets the ids of
/// one that is. The kernel then asserts an isolation that nothing enforces.
/// </summary>
/// <param name="Patch">Four bytes.</param>
/// <param name="Replaced">The entry that goes.</param>
public sealed record IsolationQuirkPatch(BytePatch Patch, IsolationQuirkEntry Replaced)
{
    // These say "isolated" for every function they are asked about; the others look at the device or its port type first.
    private static readonly string[] Unconditional = ["pci_quirk_qcom_rp_acs", "pci_quirk_mf_endpoint_acs"];

    /// <param name="image">The kernel.</param>
    /// <param name="tables">Its tables.</param>
    /// <param name="vendor">Of the device to treat as isolated.</param>
    /// <param name="device">Of the device to treat as isolated.</param>
    /// <param name="replace">The ids of the entry to replace; null to choose one.</param>
    /// <exception cref="DiagnosticException">
    /// KB8010: the kernel has no such table. KB8015: the device is in it already, or no entry can be replaced.
    /// </exception>
    public static IsolationQuirkPatch For(
        KernelImage image, RecoveredTables tables, ushort vendor, ushort device, (ushort Vendor, ushort Device)? replace = null)
    {
        if (tables.IsolationQuirks.IsEmpty)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.TableMissing, "the kernel has no table of ACS quirks (pci_dev_acs_enabled)",
                "it was built without CONFIG_PCI_QUIRKS: the kernel has to be rebuilt"));
        }

        if (tables.IsolationQuirks.FirstOrDefault(entry => entry.Vendor == vendor && entry.Device == device) is { } present)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.QuirkNotReplaceable, $"the kernel has an ACS quirk for {Id(vendor, device)} already: {present.Handler}",
                "there is nothing to patch; kernelbuild iommu groups --kernel-image shows what follows from it"));
        }

        var candidates = tables.IsolationQuirks.Where(entry => entry.Device != 0xffff && Unconditional.Contains(entry.Handler));
        var chosen = replace is { } ids
            ? candidates.FirstOrDefault(entry => entry.Vendor == ids.Vendor && entry.Device == ids.Device)
            : candidates.OrderBy(entry => Array.IndexOf(Unconditional, entry.Handler)).FirstOrDefault();
        if (chosen is null || !image.TryOffset(chosen.Address, out var offset))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.QuirkNotReplaceable,
                replace is { } wanted
                    ? $"{Id(wanted.Vendor, wanted.Device)} is not an entry that can be replaced"
                    : "the kernel has no entry that can be replaced",
                $"the entry must have a handler that does not check the device: {string.Join(" or ", Unconditional)}; kernelbuild kernel "
                + $"tables lists the entries"));
        }

        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, vendor);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), device);
        return new IsolationQuirkPatch(
            new BytePatch(offset, ImmutableArray.Create(image.Bytes.Span.Slice(offset, bytes.Length)), [.. bytes]), chosen);
    }

    private static string Id(ushort vendor, ushort device) => string.Create(CultureInfo.InvariantCulture, $"{vendor:x4}:{device:x4}");
}
