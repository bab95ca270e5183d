using KernelBuild.Testing.Devices;
using KernelBuild.Tests.Configure;

namespace KernelBuild.Tests.BuildConfigs;

/// <summary>A kernel's makefile and scripts with a Kconfig of a few symbols, so that its conf, scripts/config and merge_config.sh are the
/// real ones.</summary>
internal static class SmallKernel
{
    private const string Kconfig = """
        mainmenu "small"
        config CC_VERSION_TEXT
        	string
        	default "$(CC_VERSION_TEXT)"
        config LTO
        	bool "LTO"
        config CFI
        	bool "CFI"
        	depends on LTO
        	default y
        config MODULES
        	bool "modules"
        	modules
        config DRIVER
        	tristate "driver"
        config SHIFT
        	int "shift"
        	default 3
        config NAME
        	string "name"
        	default "small"
        config HIDDEN
        	def_bool DRIVER

        """;

    /// <param name="folder">The kernel's folder in the source; empty for its top.</param>
    public static void Write(TestDevice bench, string folder)
    {
        var kernel = bench.Files.Folder(Path.Combine("vendor", folder));
        foreach (var name in (string[])["Makefile", "scripts"])
        {
            Oracle.Text(kernel, "cp", "-r", Path.Combine(FactWithKernelTreeAttribute.Tree!, name), kernel);
        }

        Write("Kconfig", Kconfig);
        Write("arch/arm64/Makefile", "KBUILD_DEFCONFIG := defconfig\n");
        Write("arch/arm64/configs/gki_defconfig", "CONFIG_LTO=y\nCONFIG_MODULES=y\nCONFIG_NAME=\"gki\"\n");
        Write("arch/arm64/configs/phone.fragment", "CONFIG_DRIVER=m\nCONFIG_SHIFT=5\n# CONFIG_CFI is not set\n");
        Write("arch/arm64/configs/vendor/board.config", "CONFIG_DRIVER=y\nCONFIG_NAME=\"board\"\n");
        void Write(string relative, string text) => bench.Files.Write(Path.Combine("vendor", folder, relative), text);
    }
}
