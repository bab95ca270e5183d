namespace KernelBuild.BootImages.Avb;

/// <summary>What the flags of a top-level vbmeta structure switch off.</summary>
[Flags]
public enum VbmetaFlags
{
    None = 0,

    /// <summary>dm-verity is off: hashtree partitions are not checked.</summary>
    HashtreeDisabled = 1,

    /// <summary>Nothing is checked: no descriptor is even read.</summary>
    VerificationDisabled = 2,
}
