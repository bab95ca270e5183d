using System.Buffers.Binary;

namespace KernelBuild.Compression.Codecs;

/// <summary>The header of a gzip member, RFC 1952 section 2.3.</summary>
internal static class GzipHeader
{
    private const int FixedLength = 10;
    private const byte HeaderCrc = 2;
    private const byte Extra = 4;
    private const byte Name = 8;
    private const byte Comment = 16;
    private const byte Reserved = 0xe0;

    /// <summary>How long the header is, or what is wrong with it.</summary>
    public static bool TryMeasure(ReadOnlySpan<byte> member, out int length, out string problem)
    {
        length = FixedLength;
        if (member.Length < FixedLength)
        {
            problem = "cut short in its header";
            return false;
        }

        if (member[0] != 0x1f || member[1] != 0x8b)
        {
            problem = "it does not start with 1f 8b";
            return false;
        }

        var flags = member[3];
        if (member[2] != 8 || (flags & Reserved) != 0)
        {
            problem = $"method {member[2]} with flags 0x{flags:x2}, expected method 8 (deflate) and no reserved flags";
            return false;
        }

        problem = "cut short in its header";
        if ((flags & Extra) != 0)
        {
            if (member.Length < length + sizeof(ushort))
            {
                return false;
            }

            length += sizeof(ushort) + BinaryPrimitives.ReadUInt16LittleEndian(member[length..]);
        }

        if (((flags & Name) != 0 && !SkipText(member, ref length)) || ((flags & Comment) != 0 && !SkipText(member, ref length)))
        {
            return false;
        }

        length += (flags & HeaderCrc) != 0 ? sizeof(ushort) : 0;
        return length <= member.Length;
    }

    private static bool SkipText(ReadOnlySpan<byte> member, ref int length)
    {
        var end = length <= member.Length ? member[length..].IndexOf((byte)0) : -1;
        length += end + 1;
        return end >= 0;
    }
}
