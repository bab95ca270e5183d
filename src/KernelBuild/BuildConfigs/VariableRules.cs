namespace KernelBuild.BuildConfigs;

/// <summary>Variables of AOSP's build.sh that no item or property of a device takes, and why; and those that must not reach make.</summary>
internal static class VariableRules
{
    private const string Programs = "make is told every program by name: Compiler, Clang and ToolchainFolder say which";
    private const string Cross = "make is told aarch64-linux-gnu-, and every program by name";
    private const string Switch = "a switch of AOSP's scripts, which do not run here";
    private const string Products = "products stand in artifacts/";
    private const string Kmi = "the symbol lists of GKI are not applied: request CONFIG_TRIM_UNUSED_KSYMS and its list in a "
        + "ConfigFragment if the device needs them";
    private const string Dlkm = "images of module partitions are not made; Modules installs what goes into them";
    private const string VendorBoot = "vendor_boot is not made from it: state the device's own image and ramdisks in the project";

    /// <summary>By name, or by a prefix that ends in '*'. The first that fits counts.</summary>
    private static readonly (string Name, string Reason)[] _notTaken =
    [
        ("EXT_MODULES*", "state MakeVariables of an ExternalModule item"),
        ("LTO", "request CONFIG_LTO_NONE, CONFIG_LTO_CLANG_THIN or CONFIG_LTO_CLANG_FULL in a ConfigFragment"),
        ("TRIM_NONLISTED_KMI", Kmi), ("KMI_SYMBOL_LIST*", Kmi), ("ADDITIONAL_KMI_*", Kmi), ("KMI_ENFORCED", Kmi),
            ("KMI_STRICT_MODE_OBJECTS", Kmi),
        ("ABI_DEFINITION", Switch), ("TIDY_ABI", Switch), ("ABI_*", Switch), ("GKI_MODULES_LIST", Kmi), ("GKI_PROTECTED_*", Kmi),
        ("VENDOR_RAMDISK*", VendorBoot), ("BUILD_VENDOR_BOOT_IMG", VendorBoot), ("BUILD_VENDOR_KERNEL_BOOT", VendorBoot),
            ("SKIP_VENDOR_BOOT", VendorBoot),
        ("SKIP_UNPACKING_RAMDISK", VendorBoot), ("VENDOR_BOOTCONFIG", VendorBoot), ("KERNEL_VENDOR_CMDLINE", VendorBoot),
            ("VENDOR_FSTAB*", VendorBoot),
        ("INITRAMFS_*", VendorBoot), ("TRIM_UNUSED_MODULES", VendorBoot),
        ("GKI_RAMDISK_PREBUILT_BINARY", "state its files as Ramdisk items, or an image that has it as StockBootImage"),
        ("BUILD_INITRAMFS", "the ramdisk has what the project's items say; ModulesInRamdisk puts the modules into it"),
        ("MODULES_LIST", Dlkm), ("MODULES_RECOVERY_LIST", Dlkm), ("MODULES_CHARGER_LIST", Dlkm), ("MODULES_BLOCKLIST", Dlkm),
            ("MODULES_OPTIONS", Dlkm),
        ("VENDOR_DLKM_*", Dlkm), ("SYSTEM_DLKM_*", Dlkm), ("ODM_DLKM_*", Dlkm), ("BUILD_VENDOR_DLKM*", Dlkm), ("BUILD_SYSTEM_DLKM*",
            Dlkm), ("BUILD_ODM_DLKM*", Dlkm),
        ("BUILD_DTBO_IMG", "state DtboImage items"), ("MKDTIMG_*", "state DtboImage items"),
        ("AVB_*", "state BootImageKey, and the device's image as StockBootImage"),
        ("BASE_ADDRESS", "load addresses come from the StockBootImage"), ("KERNEL_OFFSET", "load addresses come from the StockBootImage"),
        ("RAMDISK_OFFSET", "load addresses come from the StockBootImage"), ("DTB_OFFSET", "load addresses come from the StockBootImage"),
        ("TAGS_OFFSET", "load addresses come from the StockBootImage"),
        ("BUILD_BOOT_IMG", "boot.img is always made"), ("BUILD_GKI_*", Products), ("GKI_BOOT_*", Products), ("MKBOOTIMG_*", "boot.img "
            + "is made by this build itself"),
        ("RAMDISK_EXT", Products), ("LZ4_RAMDISK*", Products), ("FILES", Products), ("DIST_DIR", Products), ("DIST_CMDS", "not run"),
        ("UNSTRIPPED_*", Products), ("KERNEL_BINARY", Products),
        ("HERMETIC_TOOLCHAIN", Switch), ("SET_TOOLCHAIN", Switch), ("DO_NOT_STRIP_MODULES", "modules are installed stripped"),
        ("STOP_SHIP_TRACEPRINTK", Switch), ("IN_KERNEL_MODULES", "Modules says whether modules are installed"), ("SKIP_*", Switch),
            ("FAST_BUILD", Switch),
        ("COMPRESS_UNSTRIPPED_MODULES", Switch), ("BUILD_CONFIG_FRAGMENTS", "sourced"), ("GKI_DEFCONFIG_FRAGMENT", "sourced by the "
            + "file itself"),
        ("MAKE_GOALS", "not a goal of this build"), ("MAKE_ARGS", "state variables as MakeVariable items"), ("TOOL_ARGS", Programs),
        ("CROSS_COMPILE", Cross), ("CLANG_TRIPLE", Programs),
        ("CROSS_COMPILE_ARM32", "state it as a MakeVariable, with the compiler for 32 bits as a BuildProgram, if the kernel has "
            + "CONFIG_COMPAT_VDSO"),
        ("CC", Programs), ("CXX", Programs), ("LD", Programs), ("AR", Programs), ("NM", Programs), ("AS", Programs), ("CPP", Programs),
            ("OBJCOPY", Programs),
        ("OBJDUMP", Programs), ("OBJSIZE", Programs), ("READELF", Programs), ("STRIP", Programs), ("LLVM", Programs), ("LLVM_IAS",
            Programs),
        ("HOSTCC", Programs), ("HOSTCXX", Programs), ("HOSTLD", Programs), ("HOSTAR", Programs), ("REAL_CC", Programs), ("CC_LD_ARG",
            Programs),
        ("HOSTCFLAGS", "host programs are built against this host"), ("HOSTLDFLAGS", "host programs are built against this host"),
        ("*PREBUILT*_BIN", Programs), ("*_PREBUILTS_BIN", Programs), ("DTC", "the kernel's own dtc is used"),
        ("EXTRA_CMDS", "not run"), ("PRE_*_CMDS", "not run"), ("POST_*_CMDS", "not run"), ("*_CMDS", "not run"),
        ("KBUILD_BUILD_*", "state KernelBuildTimestamp, KernelBuildUser, KernelBuildHost or KernelBuildVersion"),
    ];

    /// <summary>What the build sets itself, and what would change programs behind its back.</summary>
    private static readonly string[] _own =
    [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "LANG", "LC_*", "TZ", "IFS", "BASH*", "ENV", "SHELLOPTS", "PROMPT_COMMAND",
            "PS4", "LD_*",
        "PYTHON*", "PERL*", "MAKE", "MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "MAKEFILES", "MAKELEVEL", "O", "M", "ARCH", "SRCARCH",
            "SUBARCH", "KBUILD_OUTPUT",
        "KBUILD_EXTMOD", "KBUILD_DEFCONFIG", "KBUILD_SRC", "KCONFIG_*", "KCFLAGS", "KAFLAGS", "srctree", "objtree", "CCACHE_*",
            "DISTCC_*", "ICECC_*", "GIT_*",
        "SSL_*", "http_proxy", "https_proxy", "INSTALL_*",
    ];

    /// <summary>Why a variable is not taken; null for one that nothing is known of, which then stands in make's environment.</summary>
    public static string? ReasonOf(string name) =>
        _notTaken.Where(rule => Fits(name, rule.Name)).Select(rule => rule.Reason).FirstOrDefault()
        ?? (_own.Any(rule => Fits(name, rule)) ? "the build sets it itself" : null);

    /// <summary>Whether a variable stands in make's environment, as it does under AOSP's build.sh, which exports them all.</summary>
    public static bool ReachesMake(string name) => !_own.Any(rule => Fits(name, rule))
        && ReasonOf(name) is not Programs and not Cross
        && !name.StartsWith("HOST", StringComparison.Ordinal);

    private static bool Fits(string name, string rule)
    {
        var at = 0;
        var parts = rule.Split('*');
        for (var i = 0; i < parts.Length; i++)
        {
            var found = i == 0 ? (name.StartsWith(parts[0], StringComparison.Ordinal) ? 0 : -1) : name.IndexOf(parts[i], at,
                StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at = found + parts[i].Length;
        }

        return parts[^1].Length == 0 || (at == name.Length || (parts.Length > 1 && name.EndsWith(parts[^1], StringComparison.Ordinal)));
    }
}
