using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using SharpCrc64 = SharpCompress.Compressors.Xz.Crc64;

namespace KernelBuild.Compression.Codecs;

/// <summary>Their lengths, and how they are made.</summary>
internal static class XzChecks
{
    public static bool IsKnown(this XzCheck check) => Enum.IsDefined(check);

    public static int Length(this XzCheck check) => check switch
    {
        XzCheck.Crc32 => sizeof(uint),
        XzCheck.Crc64 => sizeof(ulong),
        XzCheck.Sha256 => SHA256.HashSizeInBytes,
        _ => 0,
    };

    /// <summary>Whether a stored check is that of the content. System.IO.Hashing's CRC-64 has its bits in the other order.</summary>
    public static bool Matches(this XzCheck check, ReadOnlySpan<byte> content, ReadOnlySpan<byte> stored) => check switch
    {
        XzCheck.Crc32 => Crc32.HashToUInt32(content) == BinaryPrimitives.ReadUInt32LittleEndian(stored),
        XzCheck.Crc64 => ~SharpCrc64.UpdateXz(ulong.MaxValue, content) == BinaryPrimitives.ReadUInt64LittleEndian(stored),
        XzCheck.Sha256 => SHA256.HashData(content).AsSpan().SequenceEqual(stored),
        _ => true,
    };
}
