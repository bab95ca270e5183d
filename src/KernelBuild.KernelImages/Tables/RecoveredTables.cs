using System.Collections.Immutable;
using KernelBuild.KernelImages.Image;

namespace KernelBuild.KernelImages.Tables;

/// <summary>The tables of a kernel that decide about IOMMU groups.</summary>
/// <param name="IsolationQuirks">pci_dev_acs_enabled[], in order: the first entry whose handler applies decides.</param>
/// <param name="AcsModes">pci_dev_enable_acs[].</param>
/// <param name="DmaAliases">Fixups that add requester IDs.</param>
/// <param name="Matches">Match tables of IOMMU drivers.</param>
public sealed record RecoveredTables(
    ImmutableArray<IsolationQuirkEntry> IsolationQuirks, ImmutableArray<AcsModeEntry> AcsModes, ImmutableArray<DmaAliasEntry> DmaAliases,
    ImmutableArray<MatchTable> Matches)
{
    /// <summary>Finds all of them; each is empty when the kernel has none, as without CONFIG_PCI_QUIRKS.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB8005 or KB8006.</exception>
    public static RecoveredTables Of(KernelImage image)
    {
        var code = new Code.CodeMap(image);
        var quirks = new PciQuirkTables(image, code);
        return new RecoveredTables(
            quirks.IsolationQuirks(), quirks.AcsModes(), new DmaAliasTable(image, code).Entries(), new MatchTables(image, code).OfIommus());
    }
}
