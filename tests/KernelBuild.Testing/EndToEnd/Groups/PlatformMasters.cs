using System.Globalization;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>
/// Devices of the platform behind an IOMMU: GPIO controllers where QEMU has its virtio-mmio transports, four pages of them. The
/// driver, which all kernels here have built in, finds nothing of use; by then the core has given the device a group.
/// </summary>
public static class PlatformMasters
{
    public const int Most = 4;
    private const uint Transports = 0x0a000000;

    /// <summary>Without the transports, whose place is needed.</summary>
    public static DeviceTree MakeRoom(DeviceTree tree) =>
        tree with { Root = tree.Root with { Children = tree.Root.Children.RemoveAll(node => node.IsCompatibleWith("virtio,mmio")) } };

    /// <summary>With one more device.</summary>
    /// <param name="iommus">Its cells: phandle and specifier, as often as wanted.</param>
    public static DeviceTree Add(DeviceTree tree, params IReadOnlyList<uint> iommus)
    {
        var address = Transports + ((uint)tree.Root.Children.Count(node => node.HasProperty("arm,primecell-periphid")) * 0x1000);
        var clock = tree.Root.Children.First(node => node.IsCompatibleWith("fixed-clock")).Phandle!.Value;
        return tree with
        {
            Root = tree.Root.WithChild(new DeviceTreeNode(string.Create(CultureInfo.InvariantCulture, $"gpio@{address:x}"))
            {
                Properties =
                [
                    DeviceTreeProperty.FromStrings("compatible", "arm,pl061", "arm,primecell"),
                    DeviceTreeProperty.FromCells("arm,primecell-periphid", 0x00041061),
                    DeviceTreeProperty.FromCells("reg", 0, address, 0, 0x1000),
                    DeviceTreeProperty.FromCells("clocks", clock),
                    DeviceTreeProperty.FromStrings("clock-names", "apb_pclk"),
                    DeviceTreeProperty.Empty("gpio-controller"),
                    DeviceTreeProperty.FromCells("#gpio-cells", 2),
                    DeviceTreeProperty.FromCells("iommus", iommus),
                ],
            }),
        };
    }
}
