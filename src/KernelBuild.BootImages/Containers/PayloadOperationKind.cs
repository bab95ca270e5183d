namespace KernelBuild.BootImages.Containers;

/// <summary>What an operation of a payload does. Source: AOSP, system/update_engine/update_metadata.proto, InstallOperation.Type.</summary>
public enum PayloadOperationKind
{
    /// <summary>The data as it is.</summary>
    Replace = 0,

    /// <summary>The data, compressed with bzip2.</summary>
    ReplaceBzip2 = 1,

    /// <summary>Blocks of the old partition, in the first version.</summary>
    Move = 2,

    /// <summary>A difference to the old partition, in the first version.</summary>
    Bsdiff = 3,

    /// <summary>Blocks of the old partition.</summary>
    SourceCopy = 4,

    /// <summary>A difference to blocks of the old partition.</summary>
    SourceBsdiff = 5,

    /// <summary>Zeros.</summary>
    Zero = 6,

    /// <summary>Blocks whose content does not matter; zeros here.</summary>
    Discard = 7,

    /// <summary>The data, compressed with xz.</summary>
    ReplaceXz = 8,

    /// <summary>A difference to what compressed blocks of the old partition hold.</summary>
    Puffdiff = 9,

    /// <summary>A difference that is compressed with brotli.</summary>
    BrotliBsdiff = 10,

    /// <summary>A difference between programs.</summary>
    Zucchini = 11,

    /// <summary>A difference to what LZ4 blocks hold.</summary>
    Lz4DiffBsdiff = 12,

    /// <summary>Another one.</summary>
    Lz4DiffPuffdiff = 13,

    /// <summary>The data, compressed with zstd.</summary>
    ReplaceZstd = 14,
}
