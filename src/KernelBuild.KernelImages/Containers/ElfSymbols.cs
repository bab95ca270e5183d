using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.KernelImages.Containers;

/// <summary>
/// The symbol table of a vmlinux, with the letters of nm, and without what kallsyms leaves out: files, sections, numbers, mapping symbols,
/// local labels, names and checksums of exports. Source: System V ABI, chapter 4, "Symbol Table"; scripts/kallsyms.c, is_ignored_symbol.
/// </summary>
internal static class ElfSymbols
{
    private const int SymbolTableType = 2;
    private const int NoBitsType = 8;
    private const int WriteFlag = 1;
    private const int AllocateFlag = 2;
    private const int ExecuteFlag = 4;
    private const int WeakBinding = 2;
    private const int LocalBinding = 0;
    private const int ObjectType = 1;
    private const int FunctionType = 2;

    /// <param name="file">A 64-bit little-endian ELF file.</param>
    /// <returns>Null when it has no table, or an empty one.</returns>
    public static SymbolTable? Read(ReadOnlyMemory<byte> file)
    {
        var bytes = file.Span;
        if (Sections(bytes) is not { } sections
            || Array.FindIndex(sections, section => section.Type == SymbolTableType) is not (>= 0 and var index)
            || sections[index].Link >= (uint)sections.Length)
        {
            return null;
        }

        var (table, strings) = (sections[index], sections[sections[index].Link]);
        var symbols = new List<(ulong Address, int Order, char Type, int Name)>();
        for (var at = table.Offset; at + ElfFields.SymbolLength <= table.Offset + table.Size; at += ElfFields.SymbolLength)
        {
            var name = strings.Offset + KernelBytes.U32(bytes, at);
            if (Letter(bytes, at, sections) is { } letter && IsListed(bytes, name))
            {
                symbols.Add((KernelBytes.U64(bytes, at + 8), symbols.Count, letter, (int)name));
            }
        }

        return symbols.Count == 0 ? null : Table(bytes, symbols);
    }

    private static SymbolTable Table(ReadOnlySpan<byte> bytes, List<(ulong Address, int Order, char Type, int Name)> symbols)
    {
        symbols.Sort();
        var texts = new MemoryStream();
        var names = new int[symbols.Count];
        foreach (var (i, symbol) in symbols.Index())
        {
            names[i] = (int)texts.Length;
            texts.WriteByte((byte)symbol.Type);
            var rest = bytes[symbol.Name..];
            texts.Write(rest[..rest.IndexOf((byte)0)]);
            texts.WriteByte(0);
        }

        return new SymbolTable(texts.ToArray(), names, [.. symbols.Select(symbol => symbol.Address)]);
    }

    private static bool IsListed(ReadOnlySpan<byte> bytes, long name)
    {
        if (name >= bytes.Length || bytes[(int)name] is 0 or (byte)'$')
        {
            return false;
        }

        // the texts and checksums of exports stand there in the thousands once the kernel has modules
        var text = bytes[(int)name..];
        return !text.StartsWith(".L"u8) && !text.StartsWith("__kstrtab_"u8) && !text.StartsWith("__kstrtabns_"u8) && !text.StartsWith("__crc_"u8)
            && text.IndexOf((byte)0) >= 0;
    }

    /// <summary>nm's letter; null for what has no address in the kernel.</summary>
    private static char? Letter(ReadOnlySpan<byte> bytes, long at, (uint Type, ulong Flags, long Offset, long Size, uint Link)[] sections)
    {
        var (info, section) = (bytes[(int)at + 4], KernelBytes.U16(bytes, at + 6));
        var (binding, type) = (info >> 4, info & 15);
        if (type > FunctionType || section == 0 || section >= sections.Length || (sections[section].Flags & AllocateFlag) == 0)
        {
            return null;
        }

        var (kind, flags) = (sections[section].Type, sections[section].Flags);
        var letter = binding == WeakBinding ? (type == ObjectType ? 'V' : 'W')
            : (flags & ExecuteFlag) != 0 ? 'T'
            : kind == NoBitsType ? 'B'
            : (flags & WriteFlag) != 0 ? 'D'
            : 'R';
        return binding == LocalBinding ? char.ToLowerInvariant(letter) : letter;
    }

    private static (uint Type, ulong Flags, long Offset, long Size, uint Link)[]? Sections(ReadOnlySpan<byte> bytes)
    {
        var table = (long)Math.Min(KernelBytes.U64(bytes, ElfFields.SectionHeaderOffset), long.MaxValue);
        int count = KernelBytes.U16(bytes, ElfFields.SectionHeaderCount);
        if (table == 0 || !KernelBytes.Fits(bytes, table, (long)count * ElfFields.SectionHeaderLength))
        {
            return null;
        }

        var sections = new (uint, ulong, long, long, uint)[count];
        for (var i = 0; i < count; i++)
        {
            var header = table + ((long)i * ElfFields.SectionHeaderLength);
            var (offset, size) = (KernelBytes.U64(bytes, header + 24), KernelBytes.U64(bytes, header + 32));
            var isThere = offset <= (ulong)bytes.Length && size <= (ulong)bytes.Length - offset;
            sections[i] = (
                KernelBytes.U32(bytes, header + 4), KernelBytes.U64(bytes, header + 8),
                isThere ? (long)offset : 0, isThere ? (long)size : 0, KernelBytes.U32(bytes, header + 40));
        }

        return sections;
    }
}
