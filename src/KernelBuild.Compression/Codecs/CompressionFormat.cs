namespace KernelBuild.Compression.Codecs;

/// <summary>How kernels and ramdisks are stored.</summary>
public enum CompressionFormat
{
    /// <summary>Stored as it is, or in a form whose magic is not known.</summary>
    None,
    Gzip,

    /// <summary><c>lz4 -l</c>, the only LZ4 form that the Linux kernel unpacks.</summary>
    Lz4Legacy,
    Lz4Frame,
    Zstd,
    Xz,
    Lzma,
    Bzip2,

    /// <summary>The container of the program lzop.</summary>
    Lzop,
}
