using System.Globalization;

namespace KernelBuild.Iommu.Prediction;

/// <summary>A Linux version, as far as grouping depends on it.</summary>
public readonly record struct KernelVersion(int Major, int Minor) : IComparable<KernelVersion>
{
    /// <summary>What is assumed when no version is given: the longterm kernel of 2024.</summary>
    public static KernelVersion Default => new(6, 12);

    /// <summary>"6.12", "6.1.192", "5.15.0-91-generic", "Linux version 6.1.0 (…)".</summary>
    public static bool TryParse(string text, out KernelVersion version)
    {
        version = default;
        const string banner = "Linux version ";
        if (text.StartsWith(banner, StringComparison.Ordinal))
        {
            text = text[banner.Length..];
        }

        var numbers = text.Split('.', 3);
        if (numbers.Length < 2
            || !int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            || !int.TryParse(
                string.Concat(numbers[1].TakeWhile(char.IsAsciiDigit)), NumberStyles.None, CultureInfo.InvariantCulture, out var minor))
        {
            return false;
        }

        version = new KernelVersion(major, minor);
        return true;
    }

    /// <summary>
    /// Groups form when a device is found, not when a driver is bound. Source: drivers/iommu/iommu.c, iommu_init_device calling
    /// dev->bus->dma_configure (6.15).
    /// </summary>
    public bool GroupsAtEnumeration => this >= new KernelVersion(6, 15);

    /// <summary>The command line can switch ACS on: pci=config_acs= (6.11).</summary>
    public bool HasConfigAcs => this >= new KernelVersion(6, 11);

    /// <summary>
    /// ACS is requested before a device-tree host is scanned (7.0). Backports were reverted: the captured registers decide.
    /// </summary>
    public bool RequestsAcsInTime => this >= new KernelVersion(7, 0);

    /// <summary>
    /// The series of this repository that requests ACS in time. 5.10 has devm_of_pci_bridge_init(), in which host drivers set up their
    /// bridge; 4.14 has no such place.
    /// </summary>
    public string SeriesForAcs => this >= new KernelVersion(5, 10) ? "patches/acs-on-device-tree" : "patches/acs-on-device-tree-4.14";

    /// <summary>Source Validation of switches that is known to be broken is not asked for (7.0).</summary>
    public bool DropsBrokenSourceValidation => this >= new KernelVersion(7, 0);

    /// <summary>iommu-map has 3 cells and as many as #iommu-cells says (7.x).</summary>
    public bool MapsByTarget => this >= new KernelVersion(7, 0);

    /// <summary>VFIO refuses IOMMUs that are not coherent (6.0).</summary>
    public bool VfioNeedsCoherency => this >= new KernelVersion(6, 0);

    /// <summary>VFIO accepts any bridge in a group; later only drivers with driver_managed_dma (5.19).</summary>
    public bool ViabilityByDriver => this >= new KernelVersion(5, 19);

    public int CompareTo(KernelVersion other) => Major != other.Major ? Major.CompareTo(other.Major) : Minor.CompareTo(other.Minor);

    public static bool operator <(KernelVersion left, KernelVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(KernelVersion left, KernelVersion right) => left.CompareTo(right) > 0;

    public static bool operator <=(KernelVersion left, KernelVersion right) => left.CompareTo(right) <= 0;

    public static bool operator >=(KernelVersion left, KernelVersion right) => left.CompareTo(right) >= 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}
