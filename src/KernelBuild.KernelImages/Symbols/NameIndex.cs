namespace KernelBuild.KernelImages.Symbols;

/// <summary>Symbols by name: chains of a hash of the expanded name, without a string for each.</summary>
internal sealed class NameIndex
{
    private readonly SymbolTable _symbols;
    private readonly int[] _heads;
    private readonly int[] _next;

    public NameIndex(SymbolTable symbols)
    {
        _symbols = symbols;
        _heads = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, symbols.Count))];
        _next = new int[symbols.Count];
        Array.Fill(_heads, -1);
        Span<byte> name = stackalloc byte[NameExpander.LongestName];

        // backwards, so that a chain starts with the lowest address
        for (var i = symbols.Count - 1; i >= 0; i--)
        {
            var length = symbols.ExpandName(i, name);
            var slot = Hash(name[1..Math.Max(1, length)]) & (_heads.Length - 1);
            _next[i] = _heads[slot];
            _heads[slot] = i;
        }
    }

    public int Find(ReadOnlySpan<byte> name)
    {
        var candidate = _heads[Hash(name) & (_heads.Length - 1)];
        while (candidate >= 0 && !Is(candidate, name))
        {
            candidate = _next[candidate];
        }

        return candidate;
    }

    public IEnumerable<int> FindAll(byte[] name)
    {
        for (var candidate = _heads[Hash(name) & (_heads.Length - 1)]; candidate >= 0; candidate = _next[candidate])
        {
            if (Is(candidate, name))
            {
                yield return candidate;
            }
        }
    }

    private bool Is(int index, ReadOnlySpan<byte> name)
    {
        Span<byte> found = stackalloc byte[NameExpander.LongestName];
        var length = _symbols.ExpandName(index, found);
        return length == name.Length + 1 && found[1..length].SequenceEqual(name);
    }

    /// <summary>FNV-1a.</summary>
    private static int Hash(ReadOnlySpan<byte> name)
    {
        var hash = 2166136261u;
        foreach (var letter in name)
        {
            hash = unchecked((hash ^ letter) * 16777619u);
        }

        return (int)(hash & int.MaxValue);
    }
}
