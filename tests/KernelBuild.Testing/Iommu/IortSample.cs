using System.Buffers.Binary;
using System.Text;

namespace KernelBuild.Testing.Iommu;

/// <summary>
/// An IORT with a node of each kind: an ITS, an SMMUv3 and an MMU-500, a root complex for segment 0 at the first and one with a single mapping for
/// segment 1 at the second, and a named component.
/// </summary>
public static class IortSample
{
    public const int ItsAt = 48;
    public const int SmmuV3At = ItsAt + 24;
    public const int SmmuAt = SmmuV3At + 88;
    public const int RootComplexAt = SmmuAt + 76;
    public const int SingleAt = RootComplexAt + 56;
    public const int ComponentAt = SingleAt + 56;
    public const int Length = ComponentAt + 64;

    public static byte[] Write()
    {
        var bytes = new byte[Length];
        Encoding.ASCII.GetBytes("IORT").CopyTo(bytes, 0);
        Set(bytes, 4, Length);
        bytes[8] = 3;
        Encoding.ASCII.GetBytes("OEM   TABLE   ").CopyTo(bytes, 10);
        Set(bytes, 36, 6);
        Set(bytes, 40, 48);
        Node(bytes, ItsAt, 0, 24, 1, 0, 0);
        Set(bytes, ItsAt + 16, 1);
        Node(bytes, SmmuV3At, 4, 88, 4, 1, 68);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(SmmuV3At + 16), 0x905_0000);
        Set(bytes, SmmuV3At + 24, 1);
        Mapping(bytes, SmmuV3At + 68, 0, 0xffff, 0, ItsAt, 0);
        Node(bytes, SmmuAt, 3, 76, 3, 0, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(SmmuAt + 16), 0x2b40_0000);
        Set(bytes, SmmuAt + 32, 3);
        Set(bytes, SmmuAt + 40, 60);
        Set(bytes, SmmuAt + 48, 76);
        Set(bytes, SmmuAt + 56, 76);
        Node(bytes, RootComplexAt, 2, 56, 3, 1, 36);
        Mapping(bytes, RootComplexAt + 36, 0, 0xffff, 0, SmmuV3At, 0);
        Node(bytes, SingleAt, 2, 56, 3, 1, 36);
        Set(bytes, SingleAt + 28, 1);
        Mapping(bytes, SingleAt + 36, 0, 0, 0x42, SmmuAt, 1);
        Node(bytes, ComponentAt, 1, 64, 4, 1, 44);
        Encoding.ASCII.GetBytes("\\_SB_.COM0").CopyTo(bytes, ComponentAt + 29);
        Mapping(bytes, ComponentAt + 44, 0, 0, 0x77, SmmuAt, 1);
        return WithSum(bytes);
    }

    /// <summary>The bytes with a checksum that fits.</summary>
    public static byte[] WithSum(byte[] bytes)
    {
        bytes[9] = 0;
        var length = Math.Min(bytes.Length, (int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4))));
        bytes[9] = (byte)-bytes.Take(length).Sum(one => one);
        return bytes;
    }

    private static void Node(byte[] bytes, int at, byte type, ushort length, byte revision, int mappings, int offset)
    {
        bytes[at] = type;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at + 1), length);
        bytes[at + 3] = revision;
        Set(bytes, at + 8, mappings);
        Set(bytes, at + 12, offset);
    }

    private static void Mapping(byte[] bytes, int at, int input, int count, int output, int reference, int flags)
    {
        foreach (var (value, index) in ((int[])[input, count, output, reference, flags]).Select((value, index) => (value, index)))
        {
            Set(bytes, at + (index * 4), value);
        }
    }

    private static void Set(byte[] bytes, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
}
