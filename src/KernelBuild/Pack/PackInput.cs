using KernelBuild.Compile;

namespace KernelBuild.Pack;

/// <param name="Cpio">The generic ramdisk, not compressed.</param>
/// <param name="VendorCpio">The vendor's ramdisk of a vendor_boot image, not compressed; empty when the project says none.</param>
public sealed record PackInput(CompiledKernel Kernel, ReadOnlyMemory<byte> Cpio, ReadOnlyMemory<byte> VendorCpio = default);
