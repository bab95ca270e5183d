using System.CommandLine;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel …</c>.</summary>
internal static class KernelCommands
{
    public static Command Create(ReadOnlyMemory<string> arguments) => new Command(
        "kernel",
        "Stripped arm64 kernels: symbols, configuration, call traces, tables and device-tree properties, read out of the image itself.\n"
        + "IMAGE is a boot.img, a compressed or raw kernel (Image, Image.gz, vmlinuz) or a vmlinux; nothing is unpacked first.\n\n"
        + "Examples:\n"
        + "  kernelbuild kernel info boot.img                     what it is, layer by layer\n"
        + "  kernelbuild kernel symbols boot.img                  its symbols, as /proc/kallsyms prints them\n"
        + "  kernelbuild kernel tables boot.img                   the ACS quirks and SMMU match tables of this kernel\n"
        + "  kernelbuild kernel trace boot.img                    who reaches the IOMMU code, back to the drivers' probes\n"
        + "  kernelbuild kernel path boot.img pci_device_add --to-any 'iommu_*'   by which calls\n"
        + "  kernelbuild kernel types boot.img iommu_ops          members and offsets, out of the kernel's BTF\n"
        + "  kernelbuild kernel properties boot.img smmu          the device-tree properties that the SMMU driver really reads\n"
        + "  kernelbuild kernel diff mainline-Image boot.img      what the vendor changed\n"
        + "  kernelbuild kernel patch boot.img --acs-quirk 1b36:000c -o new.img\n"
        + "  kernelbuild kernel modules check artifacts/DEVICE --modules vendor_boot.img")
        .With(
            arguments,
            ("info", _ => KernelInfoCommand.Create()),
            ("config", _ => KernelConfigCommand.Create()),
            ("symbols", _ => KernelSymbolsCommand.Create()),
            ("callers", _ => KernelCallersCommand.Create()),
            ("trace", _ => KernelTraceCommand.Create()),
            ("path", _ => KernelPathCommand.Create()),
            ("diff", _ => KernelDiffCommand.Create()),
            ("types", _ => KernelTypesCommand.Create()),
            ("strings", _ => KernelStringsCommand.Create()),
            ("properties", _ => KernelPropertiesCommand.Create()),
            ("tables", _ => KernelTablesCommand.Create()),
            ("disassemble", _ => KernelDisassembleCommand.Create()),
            ("patch", _ => KernelPatchCommand.Create()),
            ("elf", _ => KernelElfCommand.Create()),
            ("modules", rest => ModulesCheckCommand.Create(rest)));
}
