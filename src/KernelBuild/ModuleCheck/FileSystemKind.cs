namespace KernelBuild.ModuleCheck;

/// <summary>What a file system image is, from its magic.</summary>
public enum FileSystemKind
{
    Ext4,
    Erofs,

    /// <summary>Android's sparse form of any of the others.</summary>
    Sparse,

    /// <summary>Recognised so that a message can say what it is.</summary>
    F2fs,

    /// <summary>Logical partitions; recognised so that a message can say what it is.</summary>
    Super,
}
