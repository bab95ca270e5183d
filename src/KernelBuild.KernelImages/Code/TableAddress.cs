using KernelBuild.KernelImages.Image;

namespace KernelBuild.KernelImages.Code;

/// <summary>Instructions that form the address of an element of a table out of its start and an index, and loads from there.</summary>
internal static class TableAddress
{
    private const int LargestElement = 1 << 16;
    private const int MostElements = 256;

    /// <summary>
    /// ADD with a shifted register, MADD, UMADDL, SMADDL, and the shifts that scale an index; unknown for everything else.
    /// </summary>
    public static Value Result(uint word, ReadOnlySpan<Value> registers)
    {
        if ((word & 0xffe0_0000) == 0x8b00_0000)
        {
            return Sum(At(registers, Opcode.Rn(word)), At(registers, Opcode.Rm(word)), (int)(word >> 10 & 63));
        }

        if ((word & 0xff60_8000) == 0x9b00_0000 || (word & 0xff60_8000) == 0x9b20_0000)
        {
            var (first, one, other) = (At(registers, Opcode.Rt2(word)), At(registers, Opcode.Rn(word)), At(registers, Opcode.Rm(word)));
            var size = one.IsSingle ? one.Number : other.IsSingle ? other.Number : 0;
            return first.IsSingle && size is > 0 and <= LargestElement ? Value.Element(first.Number, (int)size) : Value.Unknown;
        }

        // UBFM and SBFM of 64 bits, where they shift to the left
        if ((word & 0xffc0_0000) is 0xd340_0000 or 0x9340_0000)
        {
            var (rotate, last) = ((int)(word >> 16 & 63), (int)(word >> 10 & 63));
            return last < rotate && 64 - rotate < 16 ? Value.Multiple(1 << (64 - rotate)) : Value.Unknown;
        }

        return Value.Unknown;
    }

    /// <summary>LDR of 64 bits with a register as its offset: where it loads from; unknown for everything else.</summary>
    public static Value LoadAddress(uint word, ReadOnlySpan<Value> registers) =>
        (word & 0xffe0_0c00) == 0xf860_0800
            ? Sum(At(registers, Opcode.Rn(word)), At(registers, Opcode.Rm(word)), (word >> 12 & 1) != 0 ? 3 : 0)
            : Value.Unknown;

    /// <summary>
    /// The pointers that all elements of a table have at one place, when the table is read-only and a symbol says where it ends.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="code">Its code.</param>
    /// <param name="from">An address, or that of an element.</param>
    /// <param name="offset">Bytes from there.</param>
    /// <param name="fromTheStart">Whether what the table holds when the kernel starts will do, although it may be written to.</param>
    public static Value Load(KernelImage image, CodeMap code, in Value from, ulong offset, bool fromTheStart)
    {
        bool IsKnown(ulong address) => fromTheStart ? !code.IsCode(address) && image.TryOffset(address, out _) : code.IsReadOnly(address);

        if (from.Kind == ValueKind.Constant)
        {
            return from.Constants.All(address => IsKnown(address + offset) && !IsListHead(image, address + offset))
                ? Value.OneOf(from.Constants.Select(address => image.ReadPointer(address + offset)))
                : Value.Unknown;
        }

        var first = from.Number + offset;
        if (from.Kind != ValueKind.Element || from.Type < sizeof(ulong) || !IsKnown(first))
        {
            return Value.Unknown;
        }

        var end = code.Symbols.EndOf(first);
        if (end <= first || (end - first) / (ulong)from.Type > MostElements || !IsKnown(end - 1))
        {
            return Value.Unknown;
        }

        var pointers = new List<ulong>();
        for (var place = first; place + sizeof(ulong) <= end; place += (ulong)from.Type)
        {
            pointers.Add(image.ReadPointer(place));
        }

        return Value.OneOf(pointers.Where(pointer => pointer != 0));
    }

    private static Value Sum(in Value one, in Value other, int shift)
    {
        if (one.IsSingle && other.IsSingle)
        {
            return Value.Constant(one.Number + (other.Number << shift));
        }

        if (one.IsSingle && other.Kind == ValueKind.Multiple)
        {
            return Value.Element(one.Number, other.Type << shift);
        }

        if (other.IsSingle && one.Kind == ValueKind.Multiple && shift == 0)
        {
            return Value.Element(other.Number, one.Type);
        }

        return one.IsSingle && one.Number != 0 && shift is > 0 and < 16 ? Value.Element(one.Number, 1 << shift) : Value.Unknown;
    }

    /// <summary>A list that is empty when the kernel starts points to itself, both ways: what it will hold is not known from that.</summary>
    private static bool IsListHead(KernelImage image, ulong place) =>
        image.ReadPointer(place) is var target && (target == place || target == place - sizeof(ulong));

    private static Value At(ReadOnlySpan<Value> registers, int register) =>
        register < registers.Length ? registers[register] : Value.Constant(0);
}
