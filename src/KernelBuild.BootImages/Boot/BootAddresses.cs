using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Boot;

/// <summary>Physical load addresses, header versions 0 to 2. Most bootloaders since 2016 ignore them.</summary>
/// <param name="Kernel">Where the kernel is loaded.</param>
/// <param name="Ramdisk">Where the ramdisk is loaded.</param>
/// <param name="Second">Where the second-stage bootloader is loaded.</param>
/// <param name="Tags">Where the kernel's tags (ATAGS, or a device tree) go.</param>
/// <param name="Dtb">Where the device tree is loaded; version 2.</param>
public sealed record BootAddresses(uint Kernel, uint Ramdisk, uint Second, uint Tags, ulong Dtb)
{
    /// <summary>mkbootimg's <c>--base</c> when none is given.</summary>
    public const uint DefaultBase = 0x1000_0000;

    /// <summary>mkbootimg's addresses when no option is given.</summary>
    public static BootAddresses Default { get; } = FromBase(DefaultBase);

    /// <summary>All zero: what a header of version 3 or 4, which has no addresses, is read as.</summary>
    public static BootAddresses None { get; } = new(0, 0, 0, 0, 0);

    /// <summary>A base address plus the offsets that mkbootimg uses when none are given.</summary>
    /// <exception cref="DiagnosticException">KB5003: an address does not fit into 32 bits.</exception>
    public static BootAddresses FromBase(
        ulong baseAddress,
        uint kernelOffset = 0x0000_8000,
        uint ramdiskOffset = 0x0100_0000,
        uint secondOffset = 0x00f0_0000,
        uint tagsOffset = 0x0000_0100,
        ulong dtbOffset = 0x01f0_0000)
    {
        return new BootAddresses(
            Add(kernelOffset, "kernel"), Add(ramdiskOffset, "ramdisk"), Add(secondOffset, "second"), Add(tagsOffset, "tags"),
            unchecked(baseAddress + dtbOffset));

        uint Add(uint offset, string name) => baseAddress <= uint.MaxValue - offset
            ? (uint)baseAddress + offset
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.BootImageHeaderInvalid,
                $"the {name} address, base 0x{baseAddress:x} plus offset 0x{offset:x}, does not fit into the header's 32 bits",
                "give a base address below 4 GiB, or use header version 3 or 4, which have no addresses"));
    }
}
