using System.Buffers.Binary;

namespace KernelBuild.Testing.DeviceTrees;

/// <summary>Trees spelt by hand, token by token, for what dtc never writes.</summary>
public static class Flattened
{
    public static byte[] Words(params uint[] words)
    {
        var bytes = new byte[words.Length * 4];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * 4), words[i]);
        }

        return bytes;
    }

    /// <summary>Header, gap, strings, gap, structure with NOPs and bytes behind its end, gap, reservations, padding; and a tail.</summary>
    public static byte[] Strange()
    {
        byte[] strings = [.. "old\0x\0"u8];
        var structure = Words(4, 1, 0, 4, 3, 4, 0, 0x12345678, 1, 0x61000000, 2, 4, 2, 4, 9, 0xdeadbeef);
        byte[] reservations = [.. Words(0, 0x1000, 0, 0x2000), .. new byte[16]];
        return Assemble(strings, structure, reservations);
    }

    /// <summary>Strings at 0x33, structure and reservations behind them, each aligned, with gaps that are not zero.</summary>
    public static byte[] Assemble(byte[] strings, byte[] structure, byte[] reservations)
    {
        const int stringsAt = 0x33;
        var structureAt = (stringsAt + strings.Length + 7) & ~3;
        var reservationsAt = (structureAt + structure.Length + 15) & ~7;
        var total = reservationsAt + reservations.Length + 5;
        var bytes = new byte[total + 4];
        bytes.AsSpan().Fill(0xaa);
        Words(
            0xd00dfeed, (uint)total, (uint)structureAt, stringsAt, (uint)reservationsAt, 17, 16, 0, (uint)strings.Length,
            (uint)structure.Length).CopyTo(bytes, 0);
        strings.CopyTo(bytes, stringsAt);
        structure.CopyTo(bytes, structureAt);
        reservations.CopyTo(bytes, reservationsAt);
        "tail"u8.CopyTo(bytes.AsSpan(total));
        return bytes;
    }

    /// <summary>A whole tree around a structure block, laid out as dtc does.</summary>
    public static byte[] Around(params uint[] structure)
    {
        byte[] strings = [.. "x\0"u8];
        var block = Words(structure);
        return
        [
            .. Words(
                0xd00dfeed, (uint)(56 + block.Length + strings.Length), 56, (uint)(56 + block.Length), 40, 17, 16, 0, (uint)strings.Length,
                (uint)block.Length),
            .. new byte[16],
            .. block,
            .. strings,
        ];
    }
}
