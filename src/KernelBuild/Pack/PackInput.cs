using KernelBuild.Compile;

namespace KernelBuild.Pack;

/// <param name="Cpio">The ramdisk, not compressed.</param>
public sealed record PackInput(CompiledKernel Kernel, ReadOnlyMemory<byte> Cpio);
