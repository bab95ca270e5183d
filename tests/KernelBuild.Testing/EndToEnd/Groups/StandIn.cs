using System.Globalization;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>
/// An SMMU-500 that is only its ID registers, in a region of the memory that Linux leaves alone. Linux's arm-smmu driver takes
/// it for one, with 128 stream match registers and stream IDs of 15 bits, and groups by it; with iommu.passthrough=1 nothing
/// has to be translated. It shows grouping and viability, never isolation.
/// </summary>
public static class StandIn
{
    public const uint Phandle = 0x9000;
    public const string Path = "/iommu@7ff00000";
    private const uint Base = 0x7ff00000;

    /// <summary>ID0, ID1, ID2 and ID7. Source: Arm IHI 0062, 10.5; MMU-500 TRM.</summary>
    public static IReadOnlyList<string> QemuArguments { get; } =
    [
        .. Register(0x20, 0x4c005e80), .. Register(0x24, 0x20000008), .. Register(0x28, 0x1555), .. Register(0x3c, 0x21),
    ];

    public static DeviceTree AddTo(DeviceTree tree)
    {
        var reserved = new DeviceTreeNode("reserved-memory")
        {
            Properties =
            [
                DeviceTreeProperty.FromCells("#address-cells", 2), DeviceTreeProperty.FromCells("#size-cells", 2),
                DeviceTreeProperty.Empty("ranges"),
            ],
            Children =
            [
                new DeviceTreeNode(Path[1..].Replace("iommu", "registers", StringComparison.Ordinal))
                {
                    Properties = [DeviceTreeProperty.FromCells("reg", 0, Base, 0, 0x10000), DeviceTreeProperty.Empty("no-map")],
                },
            ],
        };
        var smmu = new DeviceTreeNode(Path[1..])
        {
            Properties =
            [
                DeviceTreeProperty.FromStrings("compatible", "arm,mmu-500"),
                DeviceTreeProperty.FromCells("reg", 0, Base, 0, 0x10000),
                DeviceTreeProperty.FromCells("#global-interrupts", 1),
                DeviceTreeProperty.FromCells("interrupts", [.. Enumerable.Range(100, 9).SelectMany(spi => (uint[])[0, (uint)spi, 4])]),
                DeviceTreeProperty.FromCells("#iommu-cells", 2),
                DeviceTreeProperty.Empty("dma-coherent"),
                DeviceTreeProperty.FromCells("phandle", Phandle),
            ],
        };
        return tree with { Root = tree.Root.WithChild(reserved).WithChild(smmu) };
    }

    private static string[] Register(uint offset, uint value) =>
        ["-device", string.Create(CultureInfo.InvariantCulture, $"loader,addr=0x{Base + offset:x},data=0x{value:x},data-len=4")];
}
