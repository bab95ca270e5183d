using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace KernelBuild.Compression.Memory;

/// <summary>Unsigned big-endian integers at an offset. An offset beyond the span throws, as slicing does.</summary>
public static class BigEndian
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32BigEndian(bytes[offset..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong U64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64BigEndian(bytes[offset..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutU32(Span<byte> bytes, int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(bytes[offset..], value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutU64(Span<byte> bytes, int offset, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(bytes[offset..], value);
}
