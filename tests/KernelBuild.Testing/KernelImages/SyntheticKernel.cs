using System.Buffers.Binary;
using System.Text;

namespace KernelBuild.Testing.KernelImages;

/// <summary>
/// A small image with everything that a kernel's has, made by this code alone: header, functions that call each other, symbols in any of
/// kallsyms' layouts, pointers with or without relocations, types, a table of ACS quirks, a configuration.
/// </summary>
public sealed class SyntheticKernel
{
    public const ulong Base = 0xffff_8000_0800_0000;
    public const int FunctionLength = 16;
    public const int TextOffset = 0x1000;
    private const int Functions = 900;
    private const int DataOffset = 0x8000;
    private const int QuirksOffset = 0x8100;
    private const int OpsOffset = 0x8200;
    private const int TextsOffset = 0x8300;
    private const int TypesOffset = 0x8400;
    private const int EntryOffset = 0x6000;
    private const int InitTextOffset = 0x7000;
    private const int ExitTextOffset = 0x7100;
    private const int SymbolsOffset = 0x9000;
    private readonly byte[] _bytes = new byte[0x20000];
    private readonly List<(int Place, ulong Target)> _pointers = [];
    private int _end;

    private SyntheticKernel()
    {
        for (var i = 0; i < Functions; i++)
        {
            var name = i switch { 0 => "_stext", 1 => "of_find_property", 2 => "reads_a_property", 3 => "pci_quirk_mf_endpoint_acs", 4 =>
                "first_probe", 5 => "passes_on", 6 => "reads_through", _ => $"function_{i:0000}" };
            Symbols.Add((Address(TextOffset + (i * FunctionLength)), 'T', name));
        }

        Symbols.Insert(0, (Base, 'T', "_text"));
        Symbols.Add((Address(TextOffset + (Functions * FunctionLength)), 'T', "_etext"));
        Symbols.Add((Address(DataOffset), 'd', "init_task"));
        Symbols.Add((Address(QuirksOffset), 'd', "pci_dev_acs_enabled"));
        Symbols.Add((Address(OpsOffset), 'd', "first_ops"));
        Symbols.Add((Address(TextsOffset), 'r', "texts"));
        Symbols.Add((Address(SymbolsOffset), 'R', "kallsyms_start"));
        Symbols.Add((Address(_bytes.Length), 'B', "_end"));
    }

    public List<(ulong Address, char Type, string Name)> Symbols { get; } = [];

    public string Listing => string.Concat(Symbols.Select(symbol => $"{symbol.Address:x16} {symbol.Type} {symbol.Name}\n"));

    public static ulong Address(int offset) => Base + (ulong)offset;

    /// <param name="layout">Of kallsyms.</param>
    /// <param name="isRelocatable">Whether pointers have relocations.</param>
    /// <param name="callee">
    /// A function that code without symbols calls: what the header's branch goes to, with a pointer among its instructions, and .exit.text,
    /// in front of a table of alternatives. 0 for no such code.
    /// </param>
    public static (byte[] Image, SyntheticKernel Kernel) Make(SyntheticLayout layout, bool isRelocatable, int callee = 0)
    {
        var kernel = new SyntheticKernel();
        kernel.WriteHeader();
        kernel.WriteCode();
        kernel.WriteData();
        kernel.WriteTypes();
        if (callee > 0)
        {
            kernel.WriteUnnamedCode(TextOffset + (callee * FunctionLength));
        }

        var baseOffset = kernel.WriteKallsyms(layout);
        if (baseOffset >= 0)
        {
            kernel._pointers.Add((baseOffset, Base));
        }

        kernel.WritePointers(isRelocatable, layout == SyntheticLayout.PlaceRelative);
        return (kernel._bytes, kernel);
    }

    private void WriteHeader()
    {
        "ARMd"u8.CopyTo(_bytes.AsSpan(0x38));
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(0x10), (ulong)_bytes.Length + 0x1000);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(0x18), 0xa);
        "Linux version 6.1.0-synthetic (a@b) (gcc 12, ld 2.40) #1 SMP now\n\0"u8.CopyTo(_bytes.AsSpan(0x100));
    }

    private void WriteCode()
    {
        for (var i = 0; i < Functions; i++)
        {
            var at = TextOffset + (i * FunctionLength);

            // each function calls the one after it
            Word(at, 0x9400_0000u | (FunctionLength / 4));
            Word(at + 4, 0xd65f_03c0);
        }

        // of_find_property returns; the second reads "status"; the sixth passes x1 on; the seventh reads "reg" through that one
        Word(TextOffset + FunctionLength, 0xd65f_03c0);
        Reader(2, TextsOffset, 1);
        Word(TextOffset + (5 * FunctionLength), 0x1400_0000u | (0x03ff_ffff - (4 * FunctionLength / 4) + 1));
        Reader(6, TextsOffset + 8, 5);
    }

    /// <summary>ADRP x1, ADD x1, BL, RET.</summary>
    private void Reader(int function, int text, int callee)
    {
        var at = TextOffset + (function * FunctionLength);
        var pages = (text >> 12) - (at >> 12);
        Word(at, 0x9000_0001u | ((uint)(pages & 3) << 29) | ((uint)(pages >> 2) << 5));
        Word(at + 4, 0x9100_0021u | ((uint)(text & 0xfff) << 10));
        Word(at + 8, 0x9400_0000u | (0x03ff_ffff & (uint)((((callee - function) * FunctionLength) - 8) / 4)));
        Word(at + 12, 0xd65f_03c0);
    }

    private void WriteUnnamedCode(int callee)
    {
        Word(0, 0x1400_0000u | (EntryOffset / 4));
        Word(EntryOffset, 0x9400_0000u | (0x03ff_ffff & (uint)((callee - EntryOffset) / 4)));
        _pointers.Add((EntryOffset + 0x10, Address(callee)));
        var last = Symbols.FindIndex(symbol => symbol.Name == "_etext");
        Symbols.InsertRange(last + 1, [(Address(InitTextOffset), 'T', "_sinittext"), (Address(ExitTextOffset), 'T', "_einittext")]);
        Word(InitTextOffset, 0xd65f_03c0);
        Word(ExitTextOffset, 0x9400_0000u | (0x03ff_ffff & (uint)((callee - ExitTextOffset) / 4)));
        Word(ExitTextOffset + 4, 0xd65f_03c0);
        for (var at = ExitTextOffset + 8; at < ExitTextOffset + 8 + (5 * 12); at += 12)
        {
            // struct alt_instr: the first function's instruction, another one, a capability, four bytes each
            Word(at, (uint)(TextOffset - at));
            Word(at + 4, (uint)(InitTextOffset - at - 4));
            Word(at + 8, 0x0404_0007);
        }
    }

    private void WriteData()
    {
        "status\0\0reg\0"u8.CopyTo(_bytes.AsSpan(TextsOffset));
        foreach (var (i, device) in ((ushort[])[0x10c6, 0x10db, 0x10dd]).Index())
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(QuirksOffset + (i * 16)), 0x8086);
            BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(QuirksOffset + (i * 16) + 2), device);
            _pointers.Add((QuirksOffset + (i * 16) + 8, Address(TextOffset + (3 * FunctionLength))));
        }

        _pointers.Add((OpsOffset, Address(TextOffset + (4 * FunctionLength))));
    }

    private void WriteTypes()
    {
        var types = new List<uint>();
        var names = new StringBuilder("\0");
        uint Name(string text)
        {
            var at = names.Length;
            names.Append(text).Append('\0');
            return (uint)at;
        }

        types.AddRange([Name("int"), 1u << 24, 4, 32]);
        types.AddRange([Name("device"), (4u << 24) | 1, 8, Name("number"), 1, 0]);
        types.AddRange([0, 2u << 24, 2]);
        types.AddRange([0, (13u << 24) | 1, 1, 0, 3]);
        types.AddRange([Name("first_probe"), 12u << 24, 4]);
        types.AddRange([0, 2u << 24, 4]);
        types.AddRange([Name("driver_ops"), (4u << 24) | 2, 16, Name("probe"), 6, 0, Name("remove"), 6, 64]);
        uint[] header = [0x0001_eb9f, 24, 0, (uint)types.Count * 4, (uint)types.Count * 4, (uint)names.Length];
        var at = TypesOffset;
        foreach (var word in header.Concat(types))
        {
            Word(at, word);
            at += 4;
        }

        Encoding.ASCII.GetBytes(names.ToString()).CopyTo(_bytes, at);
    }

    /// <returns>The place of the base; -1 when there is none.</returns>
    private int WriteKallsyms(SyntheticLayout layout)
    {
        var alignment = layout switch { SyntheticLayout.Absolute or SyntheticLayout.BaseInFront => 256, SyntheticLayout.PlaceRelative =>
            4, _ => 8 };
        var markerWidth = alignment == 256 ? 8 : 4;
        var tokens = Tokens();
        _end = SymbolsOffset;
        var baseOffset = -1;
        if (layout < SyntheticLayout.BaseBehind)
        {
            baseOffset = Addresses(layout, alignment);
        }

        Put(alignment, BitConverter.GetBytes(Symbols.Count));
        var names = Symbols.Select(symbol => Compress(symbol.Type + symbol.Name, tokens)).ToArray();
        var markers = new MemoryStream();
        var length = 0;
        foreach (var (i, name) in names.Index())
        {
            if (i % 256 == 0)
            {
                markers.Write(markerWidth == 8 ? BitConverter.GetBytes((long)length) : BitConverter.GetBytes(length));
            }

            length += name.Length;
        }

        Put(alignment, [.. names.SelectMany(name => name)]);
        Put(alignment, markers.ToArray());
        if (layout == SyntheticLayout.WithSequences)
        {
            Put(alignment, [.. Enumerable.Range(0, Symbols.Count * 3).Select(i => (byte)(i * 7))]);
        }

        Put(alignment, [.. tokens.SelectMany(token => Encoding.ASCII.GetBytes(token + "\0"))]);
        var offsets = new MemoryStream();
        var offset = 0;
        foreach (var token in tokens)
        {
            offsets.Write(BitConverter.GetBytes((ushort)offset));
            offset += token.Length + 1;
        }

        Put(alignment, offsets.ToArray());
        if (layout >= SyntheticLayout.BaseBehind)
        {
            baseOffset = Addresses(layout, alignment);
            Put(alignment, [.. Enumerable.Range(0, Symbols.Count * 3).Select(i => (byte)(i * 7))]);
        }

        return baseOffset;
    }

    private int Addresses(SyntheticLayout layout, int alignment)
    {
        if (layout == SyntheticLayout.Absolute)
        {
            Put(alignment, [.. Symbols.SelectMany(symbol => BitConverter.GetBytes(symbol.Address))]);
            return -1;
        }

        var start = (_end + alignment - 1) / alignment * alignment;
        Put(
            alignment,
            [.. Symbols
                .Index()
                .SelectMany(pair => BitConverter.GetBytes(
                    (int)(pair.Item.Address - Base) - (layout == SyntheticLayout.PlaceRelative ? start + (4 * pair.Index) : 0)))]);
        return layout == SyntheticLayout.PlaceRelative ? -1 : Put(alignment, new byte[8]);
    }

    private int Put(int alignment, byte[] bytes)
    {
        var at = (_end + alignment - 1) / alignment * alignment;
        bytes.CopyTo(_bytes, at);
        _end = at + bytes.Length;
        return at;
    }

    private static string[] Tokens()
    {
        // every printable character is itself; below and above are pairs, as scripts/kallsyms.c makes them, and empty entries
        var tokens = new string[256];
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = i is > 0x20 and < 0x7f ? ((char)i).ToString() : "";
        }

        (tokens[1], tokens[2], tokens[0x80]) = ("Tfunction_", "on", "00");
        return tokens;
    }

    private static byte[] Compress(string name, string[] tokens)
    {
        var codes = new List<byte>();
        for (var at = 0; at < name.Length;)
        {
            var code = ((byte[])[1, 0x80, 2]).FirstOrDefault(
                candidate => string.CompareOrdinal(name, at, tokens[candidate], 0, tokens[candidate].Length) == 0, (byte)name[at]);
            codes.Add(code);
            at += tokens[code].Length;
        }

        return [(byte)codes.Count, .. codes];
    }

    private void WritePointers(bool isRelocatable, bool isInPlace)
    {
        // filler pointers, so that there are more than chance would give
        var filler = (_end + 63) / 64 * 64;
        for (var i = 0; i < 70; i++)
        {
            _pointers.Add((filler + (i * 520), Address(TextOffset + ((100 + i) * FunctionLength))));
        }

        var table = filler + (70 * 520) + 8;
        var sorted = _pointers.OrderBy(pointer => pointer.Place).ToArray();
        foreach (var (place, target) in sorted)
        {
            if (!isRelocatable || isInPlace)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(place), target);
            }
        }

        if (!isRelocatable)
        {
            return;
        }

        if (isInPlace)
        {
            WriteRelr(table, [.. sorted.Select(pointer => pointer.Place)]);
            return;
        }

        foreach (var (place, target) in sorted)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(table), Address(place));
            BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(table + 8), 0x403);
            BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(table + 16), target);
            table += 24;
        }
    }

    /// <summary>Addresses, each with a bitmap of the 63 quads behind it.</summary>
    private void WriteRelr(int table, int[] places)
    {
        for (var i = 0; i < places.Length;)
        {
            var start = places[i++];
            var bitmap = 1ul;
            for (; i < places.Length && (places[i] - start - 8) / 8 < 63; i++)
            {
                bitmap |= 2ul << ((places[i] - start - 8) / 8);
            }

            BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(table), Address(start));
            BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(table + 8), bitmap);
            table += 16;
        }
    }

    private void Word(int at, uint word) => BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(at), word);
}
