namespace KernelBuild.Compression.Codecs;

/// <summary>What stands behind each block of xz; the numbers are the format's.</summary>
internal enum XzCheck
{
    None = 0,
    Crc32 = 1,
    Crc64 = 4,
    Sha256 = 10,
}
