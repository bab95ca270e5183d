using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Containers;
using KernelBuild.KernelImages.Elf;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Elf;

/// <summary>The exported ELF file in the hands of other programs.</summary>
public sealed class ElfOfAStrippedKernel : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kernelbuild-elf-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [FactWithKernel("6.12", "readelf", "llvm-objdump-19", "gdb")]
    public void Debian_6_12_is_loaded_by_readelf_objdump_and_gdb() => Check(DebianKernels.Open("6.12"));

    [FactWithKernel("own", "readelf", "llvm-objdump-19", "gdb")]
    public void Our_own_kernel_is_loaded_by_readelf_objdump_and_gdb() => Check(OwnKernel.Open());

    [FactWithKernel("6.12")]
    public void What_is_exported_is_read_back_as_a_vmlinux_with_the_same_symbols()
    {
        var image = DebianKernels.Open("6.12");

        KernelImages.Containers.KernelFile.TryRead(ElfExport.Write(image), out var file, out var error).ShouldBeTrue(error?.ToString());

        var read = file!.Open();
        read.Base.ShouldBe(image.Base);
        read.ReadSymbols().Addresses.SequenceEqual(image.ReadSymbols().Addresses).ShouldBeTrue();
    }

    private void Check(KernelImage image)
    {
        var path = Path.Combine(_folder, "vmlinux.elf");
        File.WriteAllBytes(path, ElfExport.Write(image));
        var symbols = image.ReadSymbols();

        var (_, headers, complaints) = Oracle.Run("readelf", ["-hSlW", path]);
        complaints.ShouldBeEmpty();
        Encoding.ASCII.GetString(headers).ShouldContain("AArch64");
        var listed = Encoding.ASCII.GetString(Oracle.Output("readelf", ["-sW", path])).Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length >= 8 && words[0].EndsWith(':') && words[0] != "Num:")
            .Select(words => $"{words[1]} {words[7]}").Order(StringComparer.Ordinal);
        var ours = Enumerable.Range(0, symbols.Count)
            .Select(index => symbols[index])
            .Select(symbol => $"{symbol.Address:x16} {symbol.Name}")
            .Order(StringComparer.Ordinal);
        listed.SequenceEqual(ours).ShouldBeTrue("symbols of readelf and ours");

        symbols.TryFind("pci_device_group", out var function).ShouldBeTrue();
        var code = Encoding.UTF8.GetString(Oracle.Output("llvm-objdump-19", ["-d", "--disassemble-symbols=pci_device_group", path]));
        code.ShouldContain("<pci_device_group>:");
        code.ShouldContain("<pci_for_each_dma_alias>");
        var said = Encoding.UTF8.GetString(Oracle.Output("gdb", ["-batch", "-nx", "-ex", $"info symbol 0x{function.Address + 4:x}", path]));
        said.ShouldContain("pci_device_group + 4 in section .text");
    }
}
