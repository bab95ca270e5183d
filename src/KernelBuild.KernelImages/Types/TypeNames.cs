namespace KernelBuild.KernelImages.Types;

/// <summary>Types of one kind by their names, without a string for each.</summary>
internal sealed class TypeNames
{
    private readonly TypeTable _types;
    private readonly int[] _heads;
    private readonly int[] _next;

    public TypeNames(TypeTable types, TypeKind kind)
    {
        _types = types;
        _heads = new int[1 << 16];
        _next = new int[types.Count + 1];
        for (var type = types.Count; type > 0; type--)
        {
            if (types.KindOf(type) == kind && types.NameBytesOf(type) is { IsEmpty: false } name)
            {
                var slot = Hash(name);
                _next[type] = _heads[slot];
                _heads[slot] = type;
            }
        }
    }

    /// <summary>The first type of that name; 0 when there is none.</summary>
    public int Find(string name)
    {
        var bytes = System.Text.Encoding.Latin1.GetBytes(name);
        var type = _heads[Hash(bytes)];
        while (type != 0 && !_types.NameBytesOf(type).SequenceEqual(bytes))
        {
            type = _next[type];
        }

        return type;
    }

    /// <summary>FNV-1a, folded to 16 bits.</summary>
    private static int Hash(ReadOnlySpan<byte> name)
    {
        var hash = 2166136261u;
        foreach (var letter in name)
        {
            hash = unchecked((hash ^ letter) * 16777619u);
        }

        return (int)((hash >> 16) ^ (hash & 0xffff));
    }
}
