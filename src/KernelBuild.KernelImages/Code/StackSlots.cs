namespace KernelBuild.KernelImages.Code;

/// <summary>
/// The places of a function's frame that it keeps registers in: written and read with 64 bits only, and below everything whose address is
/// taken, so that nobody else writes to them. Offsets are from SP behind the prologue.
/// </summary>
/// <remarks>
/// Pushes of the prologue may have the same offsets, counted before SP was moved: what they keep is given back at the end only.
/// </remarks>
internal sealed class StackSlots
{
    private const int FramePointer = 29;
    private const int StackPointer = 31;
    private const int FirstKept = 19;
    private const int LastKept = 30;
    private const int MostSlots = 32;
    private readonly Dictionary<long, int> _indices = [];
    private readonly long? _frame;

    public StackSlots(ReadOnlySpan<uint> words)
    {
        var (loaded, stored, others) = (new HashSet<long>(), new HashSet<long>(), new HashSet<long>());
        var lowestTaken = long.MaxValue;
        _frame = FrameOf(words);
        foreach (var word in words)
        {
            if (Taken(word) is { } taken)
            {
                lowestTaken = Math.Min(lowestTaken, taken);
            }
            else if (Access(word) is var (offset, isLoad, isPair))
            {
                Note(offset, Opcode.Rd(word), isLoad);
                if (isPair)
                {
                    Note(offset + sizeof(ulong), Opcode.Rt2(word), isLoad);
                }
            }
            else if (OtherAccess(word) is var (start, length))
            {
                for (var at = start & ~7L; at < start + length; at += sizeof(ulong))
                {
                    others.Add(at);
                }
            }
        }

        // what a function must give back it pushes once; it is no value of its own
        void Note(long offset, int register, bool isLoad)
        {
            if (isLoad || register is < FirstKept or > LastKept)
            {
                (isLoad ? loaded : stored).Add(offset);
            }
        }

        foreach (var offset in loaded)
        {
            if (offset >= 0 && offset < lowestTaken && stored.Contains(offset) && !others.Contains(offset) && _indices.Count < MostSlots)
            {
                _indices[offset] = _indices.Count;
            }
        }
    }

    public int Count => _indices.Count;

    /// <summary>The slots that an instruction reads or writes; -1 for none.</summary>
    public bool TryAccess(uint word, out bool isLoad, out int first, out int second)
    {
        (isLoad, first, second) = (false, -1, -1);
        if (_indices.Count == 0 || Access(word) is not var (offset, loads, isPair))
        {
            return false;
        }

        isLoad = loads;
        first = _indices.GetValueOrDefault(offset, -1);
        second = isPair ? _indices.GetValueOrDefault(offset + sizeof(ulong), -1) : -1;
        return first >= 0 || second >= 0;
    }

    /// <summary>What is added to SP to form the frame pointer; null when that is not one number.</summary>
    private static long? FrameOf(ReadOnlySpan<uint> words)
    {
        long? frame = null;
        foreach (var word in words)
        {
            if (Opcode.IsAddImmediate(word) && Opcode.Rd(word) == FramePointer && Opcode.Rn(word) == StackPointer)
            {
                var offset = (long)Opcode.AddImmediate(word);
                if (frame is not null && frame != offset)
                {
                    return null;
                }

                frame = offset;
            }
        }

        return frame;
    }

    /// <summary>An address in the frame that goes into a register.</summary>
    private long? Taken(uint word)
    {
        var isAdd = Opcode.IsAddImmediate(word);
        return (isAdd || Opcode.IsSubtractImmediate(word)) && Opcode.Rd(word) is not (FramePointer or StackPointer)
            ? At(Opcode.Rn(word), isAdd ? (long)Opcode.AddImmediate(word) : -(long)Opcode.AddImmediate(word))
            : null;
    }

    /// <summary>LDR, STR, LDUR, STUR, LDP and STP of 64 bits that write no address back.</summary>
    private (long Offset, bool IsLoad, bool IsPair)? Access(uint word)
    {
        var (offset, isPair) = (word & 0xff80_0000) == 0xf900_0000 ? ((long)Opcode.QuadOffset(word), false)
            : (word & 0xffa0_0c00) == 0xf800_0000 ? ((long)Opcode.NearOffset(word), false)
            : (word & 0xff80_0000) == 0xa900_0000 ? ((long)Opcode.PairOffset(word), true)
            : (long.MinValue, false);
        return offset != long.MinValue && At(Opcode.Rn(word), offset) is { } place ? (place, (word & 0x40_0000) != 0, isPair) : null;
    }

    /// <summary>Any other load or store with a place in the frame: its start and bytes, as many as it can have where that is not plain.</summary>
    private (long Start, int Length)? OtherAccess(uint word)
    {
        if ((word & 0x0a00_0000) != 0x0800_0000)
        {
            return null;
        }

        const int most = 64;
        var isVector = (word & 0x0400_0000) != 0;
        var size = (int)(word >> 30);
        if ((word & 0x3a00_0000) == 0x2800_0000)
        {
            // a pair; of what stands first of its bits the width follows
            var width = isVector ? 4 << size : size == 2 ? 8 : 4;
            return At(Opcode.Rn(word), ((long)(int)(word << 10) >> 25) * width) is { } pair ? (pair, 2 * width) : null;
        }

        var bytes = isVector && (word & 0x0080_0000) != 0 ? 16 : 1 << size;
        var isScaled = (word & 0x3b00_0000) == 0x3900_0000;
        var isNear = (word & 0x3b20_0000) == 0x3800_0000;
        var place = At(Opcode.Rn(word), isScaled ? (long)(word >> 10 & 0xfff) * bytes : isNear ? (long)Opcode.NearOffset(word) : 0);
        return place is { } start ? (start, isScaled || isNear ? bytes : most) : null;
    }

    private long? At(int register, long offset) => register switch
    {
        StackPointer => offset,
        FramePointer when _frame is { } frame => frame + offset,
        _ => null,
    };
}
