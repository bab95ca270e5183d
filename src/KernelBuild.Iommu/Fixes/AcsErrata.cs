using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Fixes;

/// <summary>Ports whose ACS is known to break something when it is switched on.</summary>
internal static class AcsErrata
{
    /// <summary>
    /// Source Validation of IDT's 89H switches drops the first configuration request to a device that has not captured its bus number yet.
    /// Source: drivers/pci/quirks.c, pci_idt_bus_quirk and pci_disable_broken_acs_cap.
    /// </summary>
    public static bool HasBrokenSourceValidation(PciFunction function) => function.Id is "111d:80b5" or "111d:8090";

    /// <summary>Erratum E5 of PI7C9X2G switches. Source: drivers/pci/quirks.c, pci_fixup_pericom_acs_store_forward.</summary>
    private static bool StallsOnRedirect(PciFunction function) => function.Id is "12d8:2404" or "12d8:2304" or "12d8:2303";

    /// <summary>With all that is safe to switch on.</summary>
    public static PciFunction EnableSafely(PciFunction function) => function.Acs is not { } acs ? function
        : function with
        {
            Acs = HasBrokenSourceValidation(function)
                ? acs.Enabled with { Control = acs.Enabled.Control & ~(AcsServices.SourceValidation & ~acs.Control) }
                : acs.Enabled,
        };

    /// <summary>A sentence for each erratum among the ports; empty without one.</summary>
    /// <param name="isSafe">Whether the change leaves out what is broken.</param>
    public static string Warn(IEnumerable<PciFunction> ports, KernelVersion kernel, bool isSafe)
    {
        var all = ports.ToArray();
        var broken = all.Where(HasBrokenSourceValidation).Select(port => port.Id).Distinct(StringComparer.Ordinal).ToArray();
        var stalling = all.Where(StallsOnRedirect).Select(port => port.Id).Distinct(StringComparer.Ordinal).ToArray();
        return (broken.Length == 0 ? ""
                : $" Warning: Source Validation of {string.Join(", ", broken)} (IDT) is broken: with it, devices behind the switch can "
                + $"vanish. "
                    + (isSafe ? "It is left out here (1c, xx111x0)."
                        : kernel.DropsBrokenSourceValidation ? "Linux leaves it out from 7.0 on."
                        : "Linux before 7.0 switches it on: the safe bits are 1c (setpci) and xx111x0 (config_acs)."))
            + (stalling.Length == 0 ? ""
                : $" Warning: {string.Join(", ", stalling)} (Pericom/Diodes, erratum E5) stalls with Request Redirect unless the switch "
                + $"is in "
                    + "store-and-forward mode, which Linux (not 5.10) sets when a driver enables the port after ACS is on; with setpci "
                    + "on a port that is "
                    + "enabled already nobody sets it.");
    }
}
