using System.Buffers.Binary;
using System.Text;

namespace KernelBuild.Testing.KernelImages;

/// <summary>A small arm64 module in the form of modpost's, every part chosen by the test; readelf reads it.</summary>
public sealed record SyntheticModule(string Name)
{
    private const int HeaderLength = 64;
    private const int SymbolLength = 24;
    private readonly List<(string Name, uint Type, ulong Flags, byte[] Content, uint Link, uint Info, ulong EntrySize)> _sections = [];

    public string? Vermagic { get; init; } = "6.1.0-test SMP mod_unload modversions aarch64";

    public string? License { get; init; } = "GPL";

    /// <summary>More of .modinfo, as "import_ns=CRYPTO_INTERNAL".</summary>
    public string[] Information { get; init; } = [];

    public string[] Imports { get; init; } = [];

    public string[] WeakImports { get; init; } = [];

    /// <summary>A tentative definition; null for none.</summary>
    public string? Common { get; init; }

    /// <summary>Null for a module without the section.</summary>
    public (string Name, ulong Crc)[]? Versions { get; init; } = [];

    /// <summary>Null for a module without the sections.</summary>
    public (string Name, uint Crc)[]? ExtendedVersions { get; init; }

    public (string Name, uint Crc, bool IsGpl, string Namespace)[] Exports { get; init; } = [];

    public bool HasPlt { get; init; } = true;

    public byte[] ToArray()
    {
        _sections.Clear();
        Add("", 0, 0, []);
        Add(".modinfo", 1, 2, Text([.. Pairs(), .. Information]));
        Add(".gnu.linkonce.this_module", 1, 3, new byte[64]);
        if (HasPlt)
        {
            Add(".plt", 1, 6, new byte[1]);
            Add(".init.plt", 1, 2, new byte[1]);
        }

        if (Versions is not null)
        {
            Add("__versions", 1, 2, [.. Versions.SelectMany(version => Version(version.Name, version.Crc))]);
        }

        if (ExtendedVersions is not null)
        {
            Add("__version_ext_crcs", 1, 2, [.. ExtendedVersions.SelectMany(version => BitConverter.GetBytes(version.Crc))]);
            Add("__version_ext_names", 1, 2, Text([.. ExtendedVersions.Select(version => version.Name)]));
        }

        AddExportsAndSymbols();
        return Link();
    }

    private IEnumerable<string> Pairs()
    {
        if (License is not null)
        {
            yield return "license=" + License;
        }

        yield return "name=" + Name;
        if (Vermagic is not null)
        {
            yield return "vermagic=" + Vermagic;
        }
    }

    private void AddExportsAndSymbols()
    {
        using var symbols = new MemoryStream();
        using var names = new MemoryStream();
        using var strings = new MemoryStream();
        symbols.Write(new byte[SymbolLength]);
        names.WriteByte(0);
        var stringsIndex = (ushort)(_sections.Count + 6);
        var indexes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, _, _, space) in Exports)
        {
            Symbol(symbols, names, "__kstrtab_" + name, 0, stringsIndex, (ulong)strings.Length);
            strings.Write(Text([name]));
            Symbol(symbols, names, "__kstrtabns_" + name, 0, stringsIndex, (ulong)strings.Length);
            strings.Write(space.Length == 0 ? [0] : Text([space]));
            Symbol(symbols, names, name, 1, 2, 0);
            indexes[name] = (int)(symbols.Length / SymbolLength) - 1;
        }

        foreach (var name in Imports)
        {
            Symbol(symbols, names, name, 1, 0, 0);
        }

        foreach (var name in WeakImports)
        {
            Symbol(symbols, names, name, 2, 0, 0);
        }

        if (Common is not null)
        {
            Symbol(symbols, names, Common, 1, 0xfff2, 8);
        }

        var symbolsIndex = (uint)(_sections.Count + 7);
        foreach (var (suffix, isGpl) in (ReadOnlySpan<(string, bool)>)[("", false), ("_gpl", true)])
        {
            var table = Exports.Where(export => export.IsGpl == isGpl).ToArray();
            Add("__ksymtab" + suffix, 1, 2, new byte[table.Length * 12]);
            Add(".rela__ksymtab" + suffix, 4, 0x40, Relocations([.. table.Select(export => indexes[export.Name])]), symbolsIndex,
                (uint)_sections.Count - 1, 24);
            Add("__kcrctab" + suffix, 1, 2, [.. table.SelectMany(export => BitConverter.GetBytes(export.Crc))]);
        }

        Add("__ksymtab_strings", 1, 0x32, strings.ToArray());
        Add(".symtab", 2, 0, symbols.ToArray(), (uint)_sections.Count + 1, 1, SymbolLength);
        Add(".strtab", 3, 0, names.ToArray());
    }

    /// <summary>Value, name and namespace of each entry: R_AARCH64_PREL32.</summary>
    private static byte[] Relocations(int[] exports)
    {
        const uint relative32 = 261;
        var bytes = new byte[exports.Length * 3 * 24];
        for (var i = 0; i < exports.Length * 3; i++)
        {
            var entry = bytes.AsSpan(i * 24);
            var symbol = exports[i / 3] + (i % 3) switch { 0 => 0, 1 => -2, _ => -1 };
            BinaryPrimitives.WriteUInt64LittleEndian(entry, (ulong)i * 4);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], ((ulong)symbol << 32) | relative32);
        }

        return bytes;
    }

    private static void Symbol(MemoryStream symbols, MemoryStream names, string name, int binding, ushort section, ulong value)
    {
        var entry = new byte[SymbolLength];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)names.Length);
        entry[4] = (byte)(binding << 4);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(6), section);
        BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(8), value);
        symbols.Write(entry);
        names.Write(Text([name]));
    }

    private static byte[] Version(string name, ulong crc)
    {
        var entry = new byte[64];
        BinaryPrimitives.WriteUInt64LittleEndian(entry, crc);
        Encoding.ASCII.GetBytes(name, entry.AsSpan(8));
        return entry;
    }

    private static byte[] Text(string[] texts) => [.. texts.SelectMany(text => Encoding.ASCII.GetBytes(text + "\0"))];

    private void Add(string name, uint type, ulong flags, byte[] content, uint link = 0, uint info = 0, ulong entrySize = 0) =>
        _sections.Add((name, type, flags, content, link, info, entrySize));

    private byte[] Link()
    {
        using var file = new MemoryStream();
        using var names = new MemoryStream();
        var headers = new List<byte[]>();
        Add(".shstrtab", 3, 0, []);
        file.Write(new byte[HeaderLength]);
        var nameOffsets = _sections.Select(section =>
        {
            var at = (uint)names.Length;
            names.Write(Text([section.Name]));
            return at;
        }).ToArray();
        for (var i = 0; i < _sections.Count; i++)
        {
            var section = _sections[i];
            var content = i == _sections.Count - 1 ? names.ToArray() : section.Content;
            file.Write(new byte[(8 - (file.Length % 8)) % 8]);
            var header = new byte[64];
            BinaryPrimitives.WriteUInt32LittleEndian(header, nameOffsets[i]);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), section.Type);
            BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), section.Flags);
            BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(24), (ulong)file.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(32), (ulong)content.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(40), section.Link);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(44), section.Info);
            BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(56), section.EntrySize);
            headers.Add(i == 0 ? new byte[64] : header);
            file.Write(content);
        }

        file.Write(new byte[(8 - (file.Length % 8)) % 8]);
        var table = (ulong)file.Length;
        headers.ForEach(header => file.Write(header));
        return WithHeader(file.ToArray(), table);
    }

    private byte[] WithHeader(byte[] bytes, ulong table)
    {
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(16), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(18), 183);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(40), table);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(52), HeaderLength);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(58), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(60), (ushort)_sections.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(62), (ushort)(_sections.Count - 1));
        return bytes;
    }
}
