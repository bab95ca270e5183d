using KernelBuild.Configure;

namespace KernelBuild.Tests.Configure;

/// <summary>Our merge against the kernel's own scripts/kconfig/merge_config.sh.</summary>
public sealed class MergedLikeTheKernel : IDisposable
{
    private readonly TestFolder _folder = new();

    [FactWithKernelTree]
    public void Our_merge_gives_the_configuration_that_the_kernels_own_script_gives()
    {
        var first = _folder.Write(
            "first.config",
            "CONFIG_PCI=y\nCONFIG_MMU=y\nCONFIG_IOMMU_SUPPORT=y\nCONFIG_ARM_SMMU_V3=y\nCONFIG_CMDLINE=\"one\"\nCONFIG_LOG_BUF_SHIFT=14\n");
        var second = _folder.Write(
            "second.config", "# CONFIG_PRINTK is not set\nCONFIG_CMDLINE=\"two words\"\nCONFIG_VFIO=y\nCONFIG_SERIAL_AMBA_PL011=y\n");
        var ours = _folder.Folder("ours");
        var theirs = _folder.Folder("theirs");
        Make(ours, "tinyconfig");
        File.Copy(Path.Combine(ours, ".config"), _folder["base.config"]);

        ConfigRequest[] requests = [.. ConfigFragment.Load(first), .. ConfigFragment.Load(second)];
        File.WriteAllText(Path.Combine(ours, ".config"), KernelConfig.Merge(File.ReadAllText(_folder["base.config"]), requests));
        Make(ours, "olddefconfig");

        // from here, for the script writes its scratch file where it runs
        Oracle.Text(
            _folder.Path, "sh", Path.Combine(FactWithKernelTreeAttribute.Tree!, "scripts/kconfig/merge_config.sh"), "-m", "-O", theirs,
            _folder["base.config"], first, second);
        Make(theirs, "olddefconfig");
        File.ReadAllText(Path.Combine(ours, ".config")).ShouldBe(File.ReadAllText(Path.Combine(theirs, ".config")));
        KernelConfig.Parse(File.ReadAllText(Path.Combine(ours, ".config")))["CONFIG_PCI"].ShouldBe("y");
    }

    public void Dispose() => _folder.Dispose();

    private static void Make(string output, string target) =>
        Oracle.Text(FactWithKernelTreeAttribute.Tree!, "make", "-s", "O=" + output, "ARCH=arm64", "LLVM=-19", target);
}
