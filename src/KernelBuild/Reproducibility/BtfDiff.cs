using System.Buffers.Binary;

namespace KernelBuild.Reproducibility;

/// <summary>Two BTF sections: other types, or the same ones in another order.</summary>
/// <remarks>Source: Linux, Documentation/bpf/btf.rst: header of magic 0xeb9f, version, flags, length, then offsets and lengths of types and strings.</remarks>
internal static class BtfDiff
{
    private const ushort Magic = 0xeb9f;
    private const int HeaderLength = 24;

    public static string Cause(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) =>
        Strings(one) is { } left && Strings(other) is { } right && left.SequenceEqual(right) && TypesLength(one) == TypesLength(other)
            ? DifferenceCause.BtfOrder
            : DifferenceCause.BtfContent;

    private static int TypesLength(ReadOnlySpan<byte> btf) => BinaryPrimitives.ReadInt32LittleEndian(btf[12..]);

    /// <summary>Sorted; null when it is no BTF.</summary>
    private static List<string>? Strings(ReadOnlySpan<byte> btf)
    {
        if (btf.Length < HeaderLength || BinaryPrimitives.ReadUInt16LittleEndian(btf) != Magic)
        {
            return null;
        }

        var header = BinaryPrimitives.ReadUInt32LittleEndian(btf[4..]);
        var start = header + (long)BinaryPrimitives.ReadUInt32LittleEndian(btf[16..]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(btf[20..]);
        return start + length > btf.Length
            ? null
            : [.. System.Text.Encoding.UTF8.GetString(btf.Slice((int)start, (int)length)).Split('\0').Order(StringComparer.Ordinal)];
    }
}
