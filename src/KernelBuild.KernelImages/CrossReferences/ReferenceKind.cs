namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>How one place of a kernel refers to another.</summary>
public enum ReferenceKind
{
    /// <summary>BL.</summary>
    Call,

    /// <summary>B or a conditional branch out of the function: a tail call.</summary>
    Jump,

    /// <summary>Code that takes the address, ADRP and ADD or LDR.</summary>
    Address,

    /// <summary>A pointer in data, such as a member of an ops table.</summary>
    DataPointer,

    /// <summary>BLR of a pointer that was loaded from a member of a structure.</summary>
    ThroughPointer,

    /// <summary>BLR of some pointer whose prototype has the same hash (kCFI): the call may be of this function.</summary>
    ByHash,
}
