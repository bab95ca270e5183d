using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Containers;
using KernelBuild.KernelImages.Image;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Symbols;

/// <summary>Symbols against /proc/kallsyms of the same kernel, booted with nokaslr.</summary>
public sealed class SymbolsOfBootedKernels
{
    private static readonly string[] KallsymsItself =
        [
            "kallsyms_offsets", "kallsyms_relative_base", "kallsyms_num_syms", "kallsyms_names", "kallsyms_markers", "kallsyms_token_table",
            "kallsyms_token_index", "kallsyms_seqs_of_names",
        ];

    [FactWithKernel("6.1", "qemu-system-aarch64")]
    public void Debian_6_1_lists_what_proc_kallsyms_lists() => Compare("6.1");

    [FactWithKernel("6.12", "qemu-system-aarch64")]
    public void Debian_6_12_lists_what_proc_kallsyms_lists() => Compare("6.12");

    [FactWithKernel("5.10", "qemu-system-aarch64")]
    public void Debian_5_10_lists_what_proc_kallsyms_lists() => Compare("5.10");

    [FactWithKernel("7.x", "qemu-system-aarch64")]
    public void Debian_7_lists_what_proc_kallsyms_lists() => Compare("7.x");

    [FactWithKernel("own", "qemu-system-aarch64")]
    public void Our_own_kernel_lists_what_proc_kallsyms_lists() => Compare(OwnKernel.Read("Image"));

    [FactWithKernel("own")]
    public void Our_own_kernel_lists_its_System_map_out_of_the_boot_image_the_Image_and_the_vmlinux()
    {
        // What kallsyms leaves out: mapping symbols of the hypervisor, numbers that are no addresses, and its own tables. Source:
        // scripts/kallsyms.c, is_ignored_symbol.
        var map = File.ReadAllLines(OwnKernel.PathOf("System.map"))
            .Where(line =>
                !line.Contains(" A ", StringComparison.Ordinal) && !line.Contains(" __kvm_nvhe_$", StringComparison.Ordinal)
                    && !KallsymsItself.Contains(line.Split(' ')[2]))
            .Order(StringComparer.Ordinal)
            .ToArray();
        foreach (var name in (string[])["boot.img", "Image", "Image.gz", "vmlinux"])
        {
            KernelFile.TryRead(OwnKernel.Read(name), out var file, out var error).ShouldBeTrue(error?.ToString());
            Encoding.ASCII
                .GetString(ProcKallsyms.Of(file!.Open()))
                .TrimEnd('\n')
                .Split('\n')
                .Order(StringComparer.Ordinal)
                .SequenceEqual(map)
                .ShouldBeTrue(name);
        }
    }

    private static void Compare(string series) => Compare(DebianKernels.Read(series));

    private static void Compare(byte[] kernel)
    {
        FactWithKernelAttribute.MissingKernel("own").ShouldBeNull("the guest's busybox comes out of our own boot.img");
        var truth = Guest.Kallsyms(kernel);
        var ours = ProcKallsyms.Of(new KernelImage(kernel));
        ours.AsSpan().SequenceEqual(truth).ShouldBeTrue($"first difference at byte {ours.AsSpan().CommonPrefixLength(truth)}");
        truth.Length.ShouldBeGreaterThan(500_000);
    }
}
