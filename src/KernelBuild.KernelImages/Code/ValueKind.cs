namespace KernelBuild.KernelImages.Code;

/// <summary>What is known of a register.</summary>
internal enum ValueKind
{
    /// <summary>Nothing.</summary>
    Unknown,

    /// <summary>One of a few numbers or addresses.</summary>
    Constant,

    /// <summary>An argument of the function, as it came in.</summary>
    Argument,

    /// <summary>The address of a structure of a known type, or of a place inside it.</summary>
    Structure,

    /// <summary>A function's address, loaded from one of a few members of structures.</summary>
    Member,

    /// <summary>An unknown multiple of a power of two.</summary>
    Multiple,

    /// <summary>
    /// The address of something in one of the elements of a table: a constant and an unknown multiple of the element's size.
    /// </summary>
    Element,
}
