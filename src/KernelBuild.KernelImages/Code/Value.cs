namespace KernelBuild.KernelImages.Code;

/// <summary>What is known of a register, and how two paths' knowledge is joined.</summary>
internal readonly struct Value : IEquatable<Value>
{
    private const int MostConstants = 64;
    private const int MostMembers = 4;
    private const int LongestChoice = 8;
    private const ulong LargestElement = 1 << 16;
    private readonly ulong[]? _choices;

    private Value(ValueKind kind, ulong number, int type, ulong[]? choices = null)
    {
        Kind = kind;
        Number = number;
        Type = type;
        _choices = choices;
    }

    public static Value Unknown => default;

    /// <summary>Which of the others have a meaning.</summary>
    public ValueKind Kind { get; }

    /// <summary>The number of an argument, the offset into a structure, or the only constant.</summary>
    public ulong Number { get; }

    /// <summary>
    /// BTF type of the structure that is pointed to, 0 when it is not known; of a multiple or an element the size, in bytes.
    /// </summary>
    public int Type { get; }

    /// <summary>The few numbers that it can be, ascending; empty when it is no constant.</summary>
    public IReadOnlyList<ulong> Constants => Kind != ValueKind.Constant ? [] : _choices ?? [Number];

    public static Value Constant(ulong number) => new(ValueKind.Constant, number, 0);

    /// <param name="index">0 for x0.</param>
    /// <param name="type">The type it points to; 0 when that is not known.</param>
    public static Value Argument(int index, int type) => new(ValueKind.Argument, (ulong)index, type);

    public static Value Structure(int type, ulong offset) => new(ValueKind.Structure, offset, type);

    public static Value Member(int type, ulong offset) => new(ValueKind.Member, 0, 0, [((ulong)(uint)type << 32) | (uint)offset]);

    public static Value Multiple(int size) => new(ValueKind.Multiple, 0, size);

    /// <param name="first">The address in the first element.</param>
    /// <param name="size">Bytes of an element.</param>
    public static Value Element(ulong first, int size) => new(ValueKind.Element, first, size);

    /// <summary>
    /// The few members, each with its structure's type and its offset, that the function's address can have been loaded from; else empty.
    /// </summary>
    public IEnumerable<(int Type, ulong Offset)> Members =>
        Kind == ValueKind.Member ? _choices!.Select(member => ((int)(member >> 32), member & uint.MaxValue)) : [];

    /// <summary>Whether it is exactly one number.</summary>
    public bool IsSingle => Kind == ValueKind.Constant && _choices is null;

    /// <summary>
    /// One of a few numbers; many at equal distances are a loop's, which goes through a table; nothing when they are too many.
    /// </summary>
    public static Value OneOf(IEnumerable<ulong> numbers)
    {
        ulong[] all = [.. numbers.Distinct().Order()];
        if (all.Length > LongestChoice && all[1] - all[0] is >= sizeof(ulong) and <= LargestElement and var size
            && all.Zip(all.Skip(1)).All(pair => pair.Second - pair.First == size))
        {
            return Element(all[0], (int)size);
        }

        return all.Length == 1 ? Constant(all[0]) : all.Length is 0 or > MostConstants ? Unknown : new Value(ValueKind.Constant, 0, 0, all);
    }

    /// <summary>The same on both paths, or a few constants, or nothing.</summary>
    public static Value Join(in Value one, in Value other)
    {
        if (one.Equals(other))
        {
            return one;
        }

        if (AsStructure(one) is { Type: not 0 } place && AsStructure(other) is { Type: not 0 } otherPlace)
        {
            return place.Equals(otherPlace) ? place : Unknown;
        }

        if (one.Kind == ValueKind.Member && other.Kind == ValueKind.Member)
        {
            ulong[] members = [.. one._choices!.Union(other._choices!).Order()];
            return members.Length <= MostMembers ? new Value(ValueKind.Member, 0, 0, members) : Unknown;
        }

        // what is called or loaded through is not null on that path
        if (IsPointer(one) && other.IsNull)
        {
            return one;
        }

        if (IsPointer(other) && one.IsNull)
        {
            return other;
        }

        if (IsElementOf(one, other))
        {
            return other;
        }

        if (IsElementOf(other, one))
        {
            return one;
        }

        return one.Kind == ValueKind.Constant && other.Kind == ValueKind.Constant ? OneOf(one.Constants.Concat(other.Constants)) : Unknown;
    }

    /// <summary>Whether the first is the address of a later element of the table that the second goes through.</summary>
    private static bool IsElementOf(in Value one, in Value table)
    {
        var (first, size) = (table.Number, (ulong)table.Type);
        return table.Kind == ValueKind.Element && (one.Kind == ValueKind.Element
            ? one.Type == table.Type && IsElement(one.Number)
            : one.Kind == ValueKind.Constant && one.Constants.All(IsElement));

        bool IsElement(ulong address) => address >= first && (address - first) % size == 0;
    }

    private bool IsNull => IsSingle && Number == 0;

    private static bool IsPointer(in Value value) =>
        value.Kind is ValueKind.Structure or ValueKind.Member || (value.Kind == ValueKind.Argument && value.Type != 0);

    /// <summary>
    /// An argument whose type is known is no more than the address of a structure where something else can be in its place.
    /// </summary>
    private static Value AsStructure(in Value value) =>
        value.Kind == ValueKind.Argument && value.Type != 0
            ? Structure(value.Type, 0)
            : value.Kind == ValueKind.Structure ? value : Unknown;

    public Value Add(ulong number) => Kind switch
    {
        ValueKind.Constant when _choices is null => Constant(Number + number),
        ValueKind.Constant => Map(constant => constant + number),
        ValueKind.Structure => Structure(Type, Number + number),
        ValueKind.Element => Element(Number + number, Type),
        ValueKind.Argument when number == 0 => this,
        ValueKind.Argument when Type != 0 => Structure(Type, number),
        _ => Unknown,
    };

    public Value Map(Func<ulong, ulong> change) => Kind == ValueKind.Constant ? OneOf(Constants.Select(change)) : Unknown;

    public bool Equals(Value other) =>
        Kind == other.Kind && Number == other.Number && Type == other.Type
        && (ReferenceEquals(_choices, other._choices)
            || (_choices is not null && other._choices is not null && _choices.AsSpan().SequenceEqual(other._choices)));

    public override bool Equals(object? obj) => obj is Value other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Kind, Number, Type);
}
