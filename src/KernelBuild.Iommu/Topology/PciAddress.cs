using System.Globalization;

namespace KernelBuild.Iommu.Topology;

/// <summary>Where a PCI function is, as Linux names it: "0000:01:00.0".</summary>
/// <param name="Domain">The host bridge's segment.</param>
public readonly record struct PciAddress(uint Domain, RequesterId Rid) : IComparable<PciAddress>
{
    /// <summary>Reads "0000:01:00.0" or, for domain 0, "01:00.0".</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PciAddress address)
    {
        address = default;
        uint domain = 0;
        if (text.Length > 7)
        {
            var colon = text.IndexOf(':');
            if (colon is < 4 or > 8
                || !uint.TryParse(text[..colon], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out domain))
            {
                return false;
            }

            text = text[(colon + 1)..];
        }

        if (text.Length != 7 || text[2] != ':' || text[5] != '.'
            || !byte.TryParse(text[..2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bus)
            || !byte.TryParse(text[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var device) || device > 31
            || text[6] is < '0' or > '7')
        {
            return false;
        }

        address = new PciAddress(domain, new RequesterId(bus, device, text[6] - '0'));
        return true;
    }

    public int CompareTo(PciAddress other) => Domain != other.Domain ? Domain.CompareTo(other.Domain) : Rid.CompareTo(other.Rid);

    public static bool operator <(PciAddress left, PciAddress right) => left.CompareTo(right) < 0;

    public static bool operator >(PciAddress left, PciAddress right) => left.CompareTo(right) > 0;

    public static bool operator <=(PciAddress left, PciAddress right) => left.CompareTo(right) <= 0;

    public static bool operator >=(PciAddress left, PciAddress right) => left.CompareTo(right) >= 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Domain:x4}:{Rid}");
}
