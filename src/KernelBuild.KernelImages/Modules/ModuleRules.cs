namespace KernelBuild.KernelImages.Modules;

/// <summary>
/// The choices that a kernel's loader of modules was compiled with; null where nothing says. A kernel without its configuration tells them
/// by the messages that only one choice compiles (kernel/module/main.c, version.c, signing.c; arch/arm64/kernel/module-plts.c).
/// </summary>
public sealed record ModuleRules
{
    /// <summary>MODULE_FORCE_LOAD: a module without version magic or checksums loads and taints.</summary>
    public bool? ForceLoad { get; init; }

    /// <summary>MODULE_SIG: signatures are looked at.</summary>
    public bool? Signatures { get; init; }

    /// <summary>MODULE_SIG_FORCE: a module without a good one is refused.</summary>
    public bool? SignaturesEnforced { get; init; }

    /// <summary>MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS.</summary>
    public bool? MissingNamespacesAllowed { get; init; }

    public bool? LivePatch { get; init; }

    /// <summary>ARM64_MODULE_PLTS, and every arm64 kernel since 6.5.</summary>
    public bool? PltSections { get; init; }

    /// <summary>Since 6.14 __version_ext_* wins over __versions.</summary>
    public bool? ExtendedVersions { get; init; }

    /// <summary>
    /// Whether a symbol that __versions does not name is refused. Linux warns once and goes on; Debian's kernels refuse.
    /// </summary>
    public bool MissingVersionRefused { get; init; }

    /// <summary>DEBUG_INFO_BTF_MODULES without MODULE_ALLOW_BTF_MISMATCH: a module's types must fit the kernel's.</summary>
    public bool? TypesMustFit { get; init; }

    internal static ModuleRules Of(ReadOnlySpan<byte> image, string? banner)
    {
        if (image.IndexOf("Unknown symbol %s (err %d)"u8) < 0)
        {
            // no loader of modules, or one that is not known
            return new ModuleRules { MissingVersionRefused = IsDebian(banner) };
        }

        return new ModuleRules
        {
            ForceLoad = image.IndexOf("%s: %s: kernel tainted."u8) >= 0,
            Signatures = image.IndexOf("module verification failed: signature and/or required key missing"u8) >= 0,
            MissingNamespacesAllowed = LevelOf(image, "module uses symbol (%s) from namespace %s"u8) switch
            {
                (byte)'4' => true,
                (byte)'3' => false,
                _ => null,
            },
            LivePatch = image.IndexOf("but livepatch support is disabled"u8) < 0,
            PltSections = image.IndexOf("module PLT section(s) missing"u8) >= 0,
            ExtendedVersions = image.IndexOf("no extended symbol version for"u8) >= 0,
            MissingVersionRefused = IsDebian(banner),
        };
    }

    /// <summary>A configuration says the same, and wins.</summary>
    public ModuleRules With(ModuleConfiguration configuration) => this with
    {
        ForceLoad = configuration.IsOn("CONFIG_MODULE_FORCE_LOAD"),
        Signatures = configuration.IsOn("CONFIG_MODULE_SIG"),
        SignaturesEnforced = configuration.IsOn("CONFIG_MODULE_SIG_FORCE"),
        MissingNamespacesAllowed = configuration.IsOn("CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS"),
        LivePatch = configuration.IsOn("CONFIG_LIVEPATCH"),
        PltSections = PltSections ?? (configuration.IsOn("CONFIG_ARM64_MODULE_PLTS") ? true : null),
        TypesMustFit = configuration.IsOn("CONFIG_DEBUG_INFO_BTF_MODULES") && !configuration.IsOn("CONFIG_MODULE_ALLOW_BTF_MISMATCH"),
    };

    private static bool IsDebian(string? banner) => banner?.Contains("debian", StringComparison.OrdinalIgnoreCase) ?? false;

    /// <summary>The digit of KERN_ERR or KERN_WARNING in front of a message, which may have a prefix; 0 when it is not there.</summary>
    private static byte LevelOf(ReadOnlySpan<byte> image, ReadOnlySpan<byte> message)
    {
        const byte startOfHeader = 1;
        var at = image.IndexOf(message);
        var start = at < 0 ? -1 : image[..at].LastIndexOf(startOfHeader);
        return start >= 0 && at - start < 32 ? image[start + 1] : (byte)0;
    }
}
