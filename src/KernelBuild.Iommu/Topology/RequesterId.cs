using System.Globalization;

namespace KernelBuild.Iommu.Topology;

/// <summary>
/// What a PCI request carries as its sender: bus, device and function in 16 bits. Source: PCI Express Base Specification, 2.2.6.2.
/// </summary>
/// <param name="Value">Bus in bits 15–8, device in bits 7–3, function in bits 2–0.</param>
public readonly record struct RequesterId(ushort Value) : IComparable<RequesterId>
{
    public RequesterId(byte bus, int device, int function)
        : this((ushort)((bus << 8) | (device << 3) | function))
    {
    }

    public byte Bus => (byte)(Value >> 8);

    public int Device => (Value >> 3) & 0x1f;

    public int Function => Value & 7;

    /// <summary>Device and function: the place on the bus.</summary>
    public byte DeviceFunction => (byte)Value;

    public int CompareTo(RequesterId other) => Value.CompareTo(other.Value);

    public static bool operator <(RequesterId left, RequesterId right) => left.Value < right.Value;

    public static bool operator >(RequesterId left, RequesterId right) => left.Value > right.Value;

    public static bool operator <=(RequesterId left, RequesterId right) => left.Value <= right.Value;

    public static bool operator >=(RequesterId left, RequesterId right) => left.Value >= right.Value;

    /// <summary>"01:00.0".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Bus:x2}:{Device:x2}.{Function}");
}
