using System.Diagnostics.CodeAnalysis;

namespace KernelBuild.BootImages.Avb;

/// <summary>What the flags of a top-level vbmeta structure switch off.</summary>
[Flags]
[SuppressMessage(
    "Naming", "CA1711:Identifiers should not have incorrect suffix",
    Justification = "the field of the format is called flags, and there are flags elsewhere")]
public enum VbmetaFlags
{
    None = 0,

    /// <summary>dm-verity is off: hashtree partitions are not checked.</summary>
    HashtreeDisabled = 1,

    /// <summary>Nothing is checked: no descriptor is even read.</summary>
    VerificationDisabled = 2,
}
