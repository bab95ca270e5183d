using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.Code;

/// <summary>Where the code of an image is, and which function an address belongs to.</summary>
public sealed class CodeMap
{
    private static readonly string[] EndsOfReadOnly = ["__inittext_begin", "__init_begin", "_sinittext"];
    private readonly KernelImage _image;
    private readonly Lazy<CodeRange> _readOnly;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly HashSet<int> _hashes;
    private readonly ConditionalWeakTable<TypeTable, Dictionary<uint, int>> _byHash = [];

    /// <exception cref="Diagnostics.DiagnosticException">KB8005 or KB8006.</exception>
    public CodeMap(KernelImage image)
    {
        _image = image;
        Symbols = image.ReadSymbols();
        Ranges = FindRanges();
        var hashes = TypeHashes.Find(image.Bytes.Span, image.Base.GetValueOrDefault(), Symbols, Ranges);
        _bytes = WithTraps(image.Bytes, hashes);
        _hashes = [.. hashes];
        _readOnly = new(() => new CodeRange(
            Symbols.AddressOf("_etext"), EndsOfReadOnly.Select(Symbols.AddressOf).FirstOrDefault(end => end != 0)));
    }

    public SymbolTable Symbols { get; }

    /// <summary>Ascending, without overlap: .text from _text on, .init.text, .exit.text, and other code that symbols name.</summary>
    public ImmutableArray<CodeRange> Ranges { get; }

    public bool IsCode(ulong address)
    {
        foreach (var range in Ranges)
        {
            if (range.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether data at an address cannot change: it lies between the code and what is freed after the start.</summary>
    public bool IsReadOnly(ulong address) => _readOnly.Value.Contains(address);

    /// <summary>Whether the word at an address is no instruction but kCFI's hash of the function behind it.</summary>
    public bool IsTypeHash(ulong address) => _image.TryOffset(address, out var offset) && _hashes.Contains(offset);

    /// <summary>
    /// The prototype of a function; 0 when it is not known. Where the types have none of its name, as of functions that link-time
    /// optimization renamed, that of the functions with the same hash in front of them is its own: kCFI makes it of the prototype.
    /// </summary>
    /// <param name="types">Those of this kernel.</param>
    /// <param name="function">Its first address.</param>
    internal int PrototypeOf(TypeTable types, ulong function)
    {
        var known = types.FindPrototype(NameAt(function));
        return known == 0 && HashOf(function) is { } hash
            ? _byHash.GetValue(types, PrototypesByHash).GetValueOrDefault(hash)
            : known;
    }

    private Dictionary<uint, int> PrototypesByHash(TypeTable types)
    {
        var found = new Dictionary<uint, int>();
        foreach (var function in Symbols.Addresses)
        {
            if (HashOf(function) is { } hash && types.FindPrototype(NameAt(function)) is not 0 and var prototype)
            {
                // two prototypes with one hash are one of them too many: neither is said of others
                found[hash] = !found.TryGetValue(hash, out var other) || types.SamePrototype(prototype, other) ? prototype : 0;
            }
        }

        return found;
    }

    /// <summary>kCFI's hash in front of a function; null where there is none.</summary>
    internal uint? HashOf(ulong function)
    {
        if (_hashes.Count == 0)
        {
            return null;
        }

        for (var back = 1; back <= TypeHashes.Farthest; back++)
        {
            var place = function - ((ulong)back * Opcode.Length);
            if (_image.TryOffset(place, out var offset) && _hashes.Contains(offset))
            {
                return KernelBytes.U32(_image.Bytes.Span, offset);
            }
        }

        return null;
    }

    /// <summary>The instructions of a range, with UDF where a hash stands.</summary>
    internal ReadOnlySpan<uint> Words(CodeRange range) =>
        _image.TryOffset(range.Start, out var offset)
            ? MemoryMarshal.Cast<byte, uint>(_bytes.Span.Slice(
                offset, (int)Math.Min(range.End - range.Start, (ulong)(_image.Bytes.Length - offset))))
            : default;

    /// <summary>The function around an address: from the symbol at or below it to the next one.</summary>
    public CodeRange FunctionAt(ulong address)
    {
        var index = Symbols.IndexBelow(address);
        if (index < 0)
        {
            return default;
        }

        var start = Symbols.Addresses[index];
        var end = Symbols.EndOf(start);
        foreach (var range in Ranges)
        {
            if (range.Contains(start))
            {
                return new CodeRange(start, end > start ? Math.Min(end, range.End) : range.End);
            }
        }

        return new CodeRange(start, Math.Max(end, start));
    }

    /// <summary>The name of a function: of several at one address a global one that is no mark of the linker.</summary>
    public string NameAt(ulong address)
    {
        var index = Symbols.IndexBelow(address);
        if (index < 0)
        {
            return "";
        }

        var best = Symbols[index];
        for (var alias = Symbols.FirstAlias(index); alias < index; alias++)
        {
            var other = Symbols[alias];
            if (Rank(other) > Rank(best))
            {
                best = other;
            }
        }

        return best.Name;
    }

    private static ReadOnlyMemory<byte> WithTraps(ReadOnlyMemory<byte> image, IReadOnlyList<int> places)
    {
        if (places.Count == 0)
        {
            return image;
        }

        var bytes = image.ToArray();
        foreach (var place in places)
        {
            bytes.AsSpan(place, Opcode.Length).Clear();
        }

        return bytes;
    }

    private static int Rank(KernelSymbol symbol) =>
        (symbol.IsCode ? 4 : 0) + (symbol.Name.StartsWith("__", StringComparison.Ordinal) || symbol.Name.StartsWith('$') ? 0 : 2)
        + (char.IsUpper(symbol.Type) ? 1 : 0);

    /// <summary>
    /// Code elsewhere: .exit.text, which older kernels do not mark, .idmap.text and .hyp.text, which newer ones have behind .rodata; from
    /// the first of functions that lie one behind the other to the next symbol of data.
    /// </summary>
    private void AddNamed(List<CodeRange> ranges)
    {
        var known = ranges.OrderBy(range => range.Start).ToArray();
        var start = 0ul;
        for (var i = 0; i < Symbols.Count; i++)
        {
            var address = Symbols.Addresses[i];
            var isCode = Symbols.TypeOf(i) is 't' or 'T' or 'w' or 'W' && address % Opcode.Length == 0
                && !Array.Exists(known, range => address >= range.Start && address <= range.End) && _image.TryOffset(address, out _);
            if (!isCode && start != 0 && address > start)
            {
                ranges.Add(new CodeRange(start, address & ~3ul));
                start = 0;
            }
            else if (isCode && start == 0)
            {
                start = address;
            }
        }
    }

    /// <summary>
    /// The code that runs with translation off, where the header's branch goes to it and no symbol names it: it has pages of its own in
    /// front of .init.text (.rodata.text since 5.19, arch/arm64/kernel/vmlinux.lds.S), and zeros behind it.
    /// </summary>
    private void AddEntry(List<CodeRange> ranges)
    {
        const ulong page = 4096;
        if (_image.Base is not { } start || LinkedSymbols.EntryOffset(_image.Bytes.Span) is not { } entry
            || ranges.Exists(range => range.Contains(start + entry)))
        {
            return;
        }

        var next = ranges.Where(range => range.Start > start + entry).Select(range => range.Start).DefaultIfEmpty().Min();
        var before = ranges.Where(range => range.End <= start + entry).Select(range => range.End).DefaultIfEmpty().Max();
        if (next != 0 && _image.TryOffset(start + entry, out _))
        {
            ranges.Add(new CodeRange(Math.Max((start + entry) & ~(page - 1), before), next));
        }
    }

    /// <summary>
    /// .exit.text where no symbol says that it is there, as in kernels whose symbols are functions only: kallsyms keeps none of its own. It
    /// stands between .init.text and .altinstructions (arch/arm64/kernel/vmlinux.lds.S), and that table is known by its form.
    /// </summary>
    private void AddUnnamedExitText(List<CodeRange> ranges)
    {
        const ulong longest = 1 << 18;
        var start = Symbols.AddressOf("_einittext");
        if (start == 0 || start % Opcode.Length != 0 || Symbols.AddressOf("__exittext_end") != 0 || !_image.TryOffset(start, out _))
        {
            return;
        }

        var next = Symbols.IndexBelow(start) + 1;
        var last = Math.Min(next < Symbols.Count ? Symbols.Addresses[next] : ulong.MaxValue, start + longest);
        for (var address = start; address < last && _image.TryOffset(address, out var offset); address += Opcode.Length)
        {
            if (AreAlternatives(address, offset, ranges))
            {
                if (address > start)
                {
                    ranges.Add(new CodeRange(start, address));
                }

                return;
            }
        }
    }

    /// <summary>
    /// Whether struct alt_instr stands at a place, several times: where the instructions are and where others are, each relative to its own
    /// field (s32, little endian), the condition (u16), both lengths in bytes (u8). Source: arch/arm64/include/asm/alternative.h.
    /// </summary>
    private bool AreAlternatives(ulong address, int offset, List<CodeRange> code)
    {
        const int entries = 4, length = 12, lengths = 10;
        var bytes = _image.Bytes.Span;
        if (bytes.Length - offset < entries * length)
        {
            return false;
        }

        for (var i = 0; i < entries; i++, address += length, offset += length)
        {
            var place = address + (ulong)(long)(int)KernelBytes.U32(bytes, offset);
            var (old, other) = (bytes[offset + lengths], bytes[offset + lengths + 1]);
            if (place % Opcode.Length != 0 || old == 0 || old % Opcode.Length != 0 || (other != old && other != 0)
                || !code.Exists(range => range.Contains(place)))
            {
                return false;
            }
        }

        return true;
    }

    private ImmutableArray<CodeRange> FindRanges()
    {
        var ranges = new List<CodeRange>();
        Add("_text", "_etext", _image.Base.GetValueOrDefault());
        Add("_sinittext", "_einittext", 0);
        Add("__exittext_begin", "__exittext_end", 0);
        AddUnnamedExitText(ranges);
        if (ranges.Count == 0)
        {
            // Without the linker's marks: from the first symbol of code to the last.
            var code = Enumerable.Range(0, Symbols.Count).Where(index => Symbols[index].IsCode).ToArray();
            if (code.Length > 0)
            {
                ranges.Add(new CodeRange(Symbols.Addresses[code[0]], Symbols.EndOf(Symbols.Addresses[code[^1]])));
            }
        }

        AddNamed(ranges);
        AddEntry(ranges);
        return [.. ranges.OrderBy(range => range.Start)];

        void Add(string first, string last, ulong otherwise)
        {
            var start = Symbols.TryFind(first, out var symbol) ? symbol.Address : otherwise;
            var end = Symbols.AddressOf(last);
            if (start != 0 && end > start && _image.TryOffset(start, out _) && start % Opcode.Length == 0)
            {
                ranges.Add(new CodeRange(start, end & ~3ul));
            }
        }
    }
}
