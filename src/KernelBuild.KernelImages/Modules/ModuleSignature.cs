namespace KernelBuild.KernelImages.Modules;

/// <summary>What stands behind a module.</summary>
public enum ModuleSignature
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A PKCS#7 signature. Whether a kernel trusts its key is not known from the module.</summary>
    Present,

    /// <summary>The mark of a signature, and fields in front of it that cannot be. Source: kernel/module_signature.c.</summary>
    Damaged,
}
