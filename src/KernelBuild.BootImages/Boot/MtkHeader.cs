using System.Diagnostics.CodeAnalysis;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Boot;

/// <summary>
/// MediaTek's 512 bytes in front of a kernel or ramdisk: magic, the size of what follows (u32, little endian), a name, filler. The size in
/// the boot image's header includes it.
/// </summary>
/// <param name="Raw">The 512 bytes as stored.</param>
public sealed record MtkHeader(ReadOnlyMemory<byte> Raw)
{
    public const int Length = 512;
    private const int SizeOffset = 4;
    private const int NameOffset = 8;
    private const int NameLength = 32;

    public static ReadOnlySpan<byte> Magic => [0x88, 0x16, 0x88, 0x58];

    /// <summary>Bytes that follow the header, without padding.</summary>
    public uint PayloadSize => LittleEndian.U32(Raw.Span, SizeOffset);

    /// <summary>KERNEL, ROOTFS, RECOVERY.</summary>
    public string Name => HeaderText.Read(Raw.Span.Slice(NameOffset, NameLength));

    public static bool TryRead(ReadOnlyMemory<byte> section, [NotNullWhen(true)] out MtkHeader? header)
    {
        header = section.Length >= Length && section.Span.StartsWith(Magic) ? new MtkHeader(section[..Length]) : null;
        return header is not null;
    }

    /// <summary>Says in a stored header how many bytes follow it.</summary>
    /// <param name="header">From its first byte on.</param>
    public static void PutPayloadSize(Span<byte> header, uint size) => LittleEndian.PutU32(header, SizeOffset, size);

    /// <summary>The header and a new content behind it; everything but the size stays.</summary>
    public byte[] Wrap(ReadOnlySpan<byte> content)
    {
        var bytes = new byte[Length + content.Length];
        Raw.Span.CopyTo(bytes);
        PutPayloadSize(bytes, (uint)content.Length);
        content.CopyTo(bytes.AsSpan(Length));
        return bytes;
    }
}
