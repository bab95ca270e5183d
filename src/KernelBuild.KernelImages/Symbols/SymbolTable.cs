using System.Text;

namespace KernelBuild.KernelImages.Symbols;

/// <summary>
/// The symbols of a kernel, in the order of kallsyms, which is that of their addresses. Names stay compressed until somebody asks: most
/// questions concern a dozen of them.
/// </summary>
public sealed class SymbolTable
{
    private const int HexDigits = 16;
    private readonly NameExpander? _expander;
    private readonly ReadOnlyMemory<byte> _texts;
    private readonly ulong[] _addresses;
    private readonly int[] _names;
    private readonly Lazy<NameIndex> _byName;

    internal SymbolTable(ReadOnlyMemory<byte> image, KallsymsLayout layout, ulong[] addresses)
    {
        _expander = new NameExpander(image, layout.Tokens);
        _addresses = addresses;
        Form = layout.Addresses.Form;
        _names = new int[addresses.Length];
        var span = image.Span;
        var at = layout.Names.NamesOffset;
        for (var i = 0; i < _names.Length; i++)
        {
            _names[i] = at;
            var length = KallsymsNames.LengthAt(span, ref at);
            at += length;
        }

        _byName = new(() => new NameIndex(this));
    }

    /// <summary>Symbols that are not compressed.</summary>
    /// <param name="texts">Texts that end with NUL, each a type letter and a name.</param>
    /// <param name="names">Where each symbol's starts in there, by address.</param>
    /// <param name="addresses">As many, ascending.</param>
    internal SymbolTable(ReadOnlyMemory<byte> texts, int[] names, ulong[] addresses)
    {
        _texts = texts;
        _addresses = addresses;
        _names = names;
        Form = KallsymsAddressForm.ElfSymbols;
        _byName = new(() => new NameIndex(this));
    }

    public int Count => _addresses.Length;

    public KallsymsAddressForm Form { get; }

    /// <summary>Linked addresses, ascending.</summary>
    public ReadOnlySpan<ulong> Addresses => _addresses;

    public KernelSymbol this[int index]
    {
        get
        {
            Span<byte> name = stackalloc byte[NameExpander.LongestName];
            var length = ExpandName(index, name);
            return new KernelSymbol(
                _addresses[index], length == 0 ? '?' : (char)name[0], Encoding.Latin1.GetString(name[1..Math.Max(1, length)]));
        }
    }

    /// <summary>The type letter of nm and the name behind it, expanded.</summary>
    /// <returns>Bytes written.</returns>
    internal int ExpandName(int index, Span<byte> target)
    {
        if (_expander is not null)
        {
            return _expander.Expand(_names[index], target);
        }

        var text = _texts.Span[_names[index]..];
        text = text[..Math.Min(text.IndexOf((byte)0), Math.Min(target.Length, NameExpander.LongestName))];
        text.CopyTo(target);
        return text.Length;
    }

    /// <summary>The type letter alone.</summary>
    internal char TypeOf(int index) =>
        _expander is not null ? _expander.FirstLetter(_names[index]) : (char)_texts.Span[_names[index]];

    /// <summary>Whether a symbol's name starts with a text.</summary>
    internal bool StartsWith(int index, ReadOnlySpan<byte> text)
    {
        Span<byte> name = stackalloc byte[NameExpander.LongestName];
        var length = ExpandName(index, name);
        return length > text.Length && name[1..length].StartsWith(text);
    }

    /// <summary>The first symbol of that name.</summary>
    public bool TryFind(string name, out KernelSymbol symbol)
    {
        var index = _byName.Value.Find(Encoding.Latin1.GetBytes(name));
        symbol = index < 0 ? default : this[index];
        return index >= 0;
    }

    /// <summary>Its address; 0 when there is no such symbol.</summary>
    public ulong AddressOf(string name) => TryFind(name, out var symbol) ? symbol.Address : 0;

    /// <summary>All symbols of that name: static functions of one name occur in many files.</summary>
    public IReadOnlyList<KernelSymbol> FindAll(string name) =>
        [.. _byName.Value.FindAll(Encoding.Latin1.GetBytes(name)).Order().Select(index => this[index])];

    /// <summary>The last symbol at or below an address; -1 when there is none.</summary>
    public int IndexBelow(ulong address)
    {
        var index = Array.BinarySearch(_addresses, address);
        if (index < 0)
        {
            return ~index - 1;
        }

        while (index + 1 < _addresses.Length && _addresses[index + 1] == address)
        {
            index++;
        }

        return index;
    }

    /// <summary>The index of the first symbol with the same address as another one.</summary>
    public int FirstAlias(int index)
    {
        while (index > 0 && _addresses[index - 1] == _addresses[index])
        {
            index--;
        }

        return index;
    }

    /// <summary>The address of the next symbol that has another one; the address itself at the end.</summary>
    public ulong EndOf(ulong address)
    {
        var next = IndexBelow(address) + 1;
        return next < _addresses.Length ? _addresses[next] : address;
    }

    /// <summary>The format of /proc/kallsyms: sixteen hex digits, type, name, line feed.</summary>
    /// <param name="write">Gets blocks of some 64 KiB in order.</param>
    public void WriteProcKallsyms(Action<ReadOnlyMemory<byte>> write)
    {
        const int block = 1 << 16;
        var buffer = new byte[block + NameExpander.LongestName + HexDigits + 16];
        var used = 0;
        for (var i = 0; i < _addresses.Length; i++)
        {
            used += WriteLine(i, buffer.AsSpan(used));
            if (used >= block)
            {
                write(buffer.AsMemory(0, used));
                used = 0;
            }
        }

        write(buffer.AsMemory(0, used));
    }

    private int WriteLine(int index, Span<byte> line)
    {
        var address = _addresses[index];
        for (var digit = 0; digit < HexDigits; digit++)
        {
            line[digit] = "0123456789abcdef"u8[(int)(address >> (60 - (4 * digit)) & 0xf)];
        }

        line[HexDigits] = (byte)' ';

        // The name goes one further, so that a blank fits between its first letter, the type, and the rest.
        var length = ExpandName(index, line[(HexDigits + 2)..]);
        line[HexDigits + 1] = length == 0 ? (byte)'?' : line[HexDigits + 2];
        line[HexDigits + 2] = (byte)' ';
        line[HexDigits + 2 + length] = (byte)'\n';
        return HexDigits + 3 + length;
    }
}
