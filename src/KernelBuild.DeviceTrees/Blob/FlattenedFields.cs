namespace KernelBuild.DeviceTrees.Blob;

/// <summary>
/// Offsets and tokens of the flattened format; every number in it is 32 bits and big endian, reservations are 64 bits.
/// Source: Devicetree Specification v0.4, chapter 5.
/// </summary>
internal static class FlattenedFields
{
    public const int TotalSize = 4;
    public const int StructureOffset = 8;
    public const int StringsOffset = 12;
    public const int ReservationsOffset = 16;
    public const int Version = 20;
    public const int LastCompatibleVersion = 24;
    public const int BootCpu = 28;
    public const int StringsSize = 32;
    public const int StructureSize = 36;

    /// <summary>Version 16 ends before <see cref="StructureSize"/>.</summary>
    public const int V16HeaderLength = 36;
    public const int V17HeaderLength = 40;

    public const uint LowestVersion = 16;
    public const uint HighestVersion = 17;

    public const int ReservationLength = 16;
    public const int ReservationAlignment = 8;
    public const int TokenLength = 4;

    public const uint BeginNode = 1;
    public const uint EndNode = 2;
    public const uint Property = 3;
    public const uint Nop = 4;
    public const uint End = 9;

    /// <summary>Nodes below each other, the root counted. Linux reads no deeper: drivers/of/fdt.c, FDT_MAX_DEPTH.</summary>
    public const int MaximumDepth = 64;

    public static int HeaderLength(uint version) => version >= 17 ? V17HeaderLength : V16HeaderLength;

    /// <summary>The smallest multiple of a token's length that is not less than a length.</summary>
    public static int RoundUp(int length) => (int)RoundUp(length, TokenLength);

    /// <param name="alignment">A power of two.</param>
    public static long RoundUp(long offset, int alignment) => (offset + alignment - 1) & -alignment;
}
