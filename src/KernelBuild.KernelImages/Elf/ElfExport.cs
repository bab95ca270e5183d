using System.Buffers.Binary;
using System.Text;
using KernelBuild.Compression.Memory;
using KernelBuild.KernelImages.Containers;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.Elf;

/// <summary>
/// Writes a stripped kernel as an ELF file with sections and symbols, as vmlinux would be: for Ghidra, IDA, radare2, gdb, objdump. Pointers
/// in data are filled in from the relocations. Source: System V ABI, chapter 4.
/// </summary>
public static class ElfExport
{
    private const int NameLength = 1024;
    private const ushort AbsoluteSection = 0xfff1;
    private const int Alignment = 4096;

    /// <exception cref="Diagnostics.DiagnosticException">KB8005 or KB8006.</exception>
    public static byte[] Write(KernelImage image)
    {
        var symbols = image.ReadSymbols();
        var sections = Sections(image, symbols);
        var (table, names, locals) = SymbolTables(symbols, sections);
        var nameOffsets = new List<int>();
        var sectionNames = new MemoryStream();
        sectionNames.WriteByte(0);
        foreach (var name in sections.Select(section => section.Name).Concat([".symtab", ".strtab", ".shstrtab"]))
        {
            nameOffsets.Add((int)sectionNames.Length);
            sectionNames.Write(Encoding.ASCII.GetBytes(name + "\0"));
        }

        var contentStart = Align.Up(ElfFields.HeaderLength + ((long)sections.Count * ElfFields.ProgramHeaderLength), Alignment);
        var tableStart = Align.Up(contentStart + image.Bytes.Length, 8);
        var namesStart = tableStart + table.Length;
        var sectionNamesStart = namesStart + names.Length;
        var headersStart = Align.Up(sectionNamesStart + sectionNames.Length, 8);
        var file = new byte[headersStart + ((sections.Count + 4L) * ElfFields.SectionHeaderLength)];
        WriteHeader(file, image, sections.Count, headersStart);
        image.Bytes.Span.CopyTo(file.AsSpan((int)contentStart));
        FillPointers(image, file.AsSpan((int)contentStart, image.Bytes.Length));
        table.CopyTo(file.AsSpan((int)tableStart));
        names.CopyTo(file.AsSpan((int)namesStart));
        sectionNames.ToArray().CopyTo(file.AsSpan((int)sectionNamesStart));
        var start = image.Base.GetValueOrDefault();
        for (var i = 0; i < sections.Count; i++)
        {
            var section = sections[i];
            var offset = contentStart + (long)(section.IsInFile ? section.Start - start : (ulong)image.Bytes.Length);
            WriteSegment(file.AsSpan(ElfFields.HeaderLength + (i * ElfFields.ProgramHeaderLength)), section, offset);
            var flags = 2ul | (section.IsCode ? 4ul : 0) | (section.IsWritable ? 1ul : 0);
            WriteSection(
                file, headersStart, i + 1,
                [
                    (ulong)nameOffsets[i], section.IsInFile ? 1ul : 8ul, flags, section.Start, (ulong)offset, section.End - section.Start,
                    0, 0, 8, 0,
                ]);
        }

        var symbolSection = sections.Count + 1;
        WriteSection(
            file, headersStart, symbolSection,
            [
                (ulong)nameOffsets[^3], 2, 0, 0, (ulong)tableStart, (ulong)table.Length, (ulong)symbolSection + 1, (ulong)locals, 8,
                ElfFields.SymbolLength,
            ]);
        WriteSection(
            file, headersStart, symbolSection + 1, [(ulong)nameOffsets[^2], 3, 0, 0, (ulong)namesStart, (ulong)names.Length, 0, 0, 1, 0]);
        WriteSection(
            file, headersStart, symbolSection + 2,
            [(ulong)nameOffsets[^1], 3, 0, 0, (ulong)sectionNamesStart, (ulong)sectionNames.Length, 0, 0, 1, 0]);
        return file;
    }

    /// <summary>The parts that the linker's own marks name; what lies between two of them belongs to the lower one.</summary>
    private static List<ElfSection> Sections(KernelImage image, SymbolTable symbols)
    {
        var start = image.Base.GetValueOrDefault();
        var end = start + (ulong)image.Bytes.Length;
        (string Name, string[] Marks, bool IsCode, bool IsWritable)[] parts =
        [
            (".head.text", ["_text"], true, false), (".text", ["_stext"], true, false), (".rodata", ["_etext"], false, false),
            (".init.text", ["_sinittext", "__inittext_begin"], true, false),
            (".init.data", ["_einittext", "__initdata_begin"], false, true), (".data", ["_sdata", "_data"], false, true),
        ];
        var starts = new SortedDictionary<ulong, (string Name, bool IsCode, bool IsWritable)> { [start] = (".head.text", true, false) };
        foreach (var part in parts)
        {
            if (part.Marks.Select(symbols.AddressOf).FirstOrDefault(address => address > start && address < end) is not 0 and var address)
            {
                starts[address] = (part.Name, part.IsCode, part.IsWritable);
            }
        }

        AddTypes(image, starts);
        var sections = new List<ElfSection>();
        ulong[] addresses = [.. starts.Keys, end];
        for (var i = 0; i + 1 < addresses.Length; i++)
        {
            var (name, isCode, isWritable) = starts[addresses[i]];
            sections.Add(new ElfSection(name, addresses[i], addresses[i + 1], isCode, isWritable, IsInFile: true));
        }

        if (image.MemorySize > (ulong)image.Bytes.Length)
        {
            sections.Add(new ElfSection(".bss", end, start + image.MemorySize, IsCode: false, IsWritable: true, IsInFile: false));
        }

        return sections;
    }

    /// <summary>The kernel's types, under the name that pahole, bpftool and libbpf look for; behind them the section goes on.</summary>
    private static void AddTypes(KernelImage image, SortedDictionary<ulong, (string Name, bool IsCode, bool IsWritable)> starts)
    {
        if (!TypeTable.TryFind(image.Bytes, out var types, out _))
        {
            return;
        }

        var address = image.Base.GetValueOrDefault() + (ulong)types.Offset;
        var around = starts.Last(part => part.Key <= address).Value;
        var end = address + (ulong)types.Length;
        foreach (var inside in starts.Keys.Where(start => start >= address && start < end).ToArray())
        {
            around = starts[inside];
            starts.Remove(inside);
        }

        starts[address] = (".BTF", false, false);
        if (end < image.Base.GetValueOrDefault() + (ulong)image.Bytes.Length)
        {
            starts.TryAdd(end, around);
        }
    }

    /// <summary>Local symbols first, as the format wants; otherwise in the order of kallsyms.</summary>
    private static (byte[] Table, byte[] Names, int Locals) SymbolTables(SymbolTable symbols, List<ElfSection> sections)
    {
        var names = new MemoryStream();
        names.WriteByte(0);
        var table = new MemoryStream();
        table.Write(new byte[ElfFields.SymbolLength]);
        Span<byte> name = stackalloc byte[NameLength];
        var entry = new byte[ElfFields.SymbolLength];
        var locals = 1;
        foreach (var isLocalPass in (bool[])[true, false])
        {
            for (var i = 0; i < symbols.Count; i++)
            {
                var length = symbols.ExpandName(i, name);
                var type = length == 0 ? '?' : (char)name[0];
                var isLocal = !char.IsUpper(type) && type != 'w';
                if (isLocal != isLocalPass)
                {
                    continue;
                }

                var address = symbols.Addresses[i];
                var section = sections.FindIndex(candidate => address >= candidate.Start && address < candidate.End);
                var isCode = type is 't' or 'T' or 'w' or 'W';
                var binding = isLocalPass ? 0 : type is 'w' or 'W' or 'v' or 'V' ? 2 : 1;
                BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)names.Length);
                entry[4] = (byte)((binding << 4)
                    | (isCode && section >= 0 && sections[section].IsCode ? 2 : section >= 0 && !isCode ? 1 : 0));
                BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(6), section < 0 ? AbsoluteSection : (ushort)(section + 1));
                BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(8), address);
                BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(16), isCode || section >= 0 ? symbols.EndOf(address) - address : 0);
                table.Write(entry);
                names.Write(name[1..Math.Max(1, length)]);
                names.WriteByte(0);
                locals += isLocalPass ? 1 : 0;
            }
        }

        return (table.ToArray(), names.ToArray(), locals);
    }

    private static void FillPointers(KernelImage image, Span<byte> content)
    {
        var table = image.Relocations;
        if (table.Form != Relocations.RelocationForm.Rela)
        {
            return;
        }

        for (var i = 0; i < table.Count; i++)
        {
            if (image.TryOffset(table.Place(i), out var offset) && offset <= content.Length - sizeof(ulong))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(content[offset..], table.Target(i));
            }
        }
    }

    private static void WriteHeader(Span<byte> file, KernelImage image, int segments, long headersStart)
    {
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(file);
        BinaryPrimitives.WriteUInt16LittleEndian(file[ElfFields.Type..], ElfFields.TypeExecutable);
        BinaryPrimitives.WriteUInt16LittleEndian(file[ElfFields.Machine..], ElfFields.MachineAarch64);
        BinaryPrimitives.WriteUInt32LittleEndian(file[ElfFields.Version..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(file[ElfFields.Entry..], image.Base.GetValueOrDefault());
        BinaryPrimitives.WriteUInt64LittleEndian(file[ElfFields.ProgramHeaderOffset..], ElfFields.HeaderLength);
        BinaryPrimitives.WriteUInt64LittleEndian(file[ElfFields.SectionHeaderOffset..], (ulong)headersStart);
        BinaryPrimitives.WriteUInt16LittleEndian(file[ElfFields.HeaderSize..], ElfFields.HeaderLength);
        BinaryPrimitives.WriteUInt16LittleEndian(file[ElfFields.ProgramHeaderSize..], ElfFields.ProgramHeaderLength);
        BinaryPrimitives.WriteUInt16LittleEndian(file[ElfFields.ProgramHeaderCount..], (ushort)segments);
        BinaryPrimitives.WriteUInt16LittleEndian(file[ElfFields.SectionHeaderSize..], ElfFields.SectionHeaderLength);
        BinaryPrimitives.WriteUInt16LittleEndian(file[ElfFields.SectionHeaderCount..], (ushort)(segments + 4));
        BinaryPrimitives.WriteUInt16LittleEndian(file[ElfFields.SectionNameIndex..], (ushort)(segments + 3));
    }

    private static void WriteSegment(Span<byte> header, ElfSection section, long offset)
    {
        var size = section.End - section.Start;
        BinaryPrimitives.WriteUInt32LittleEndian(header, ElfFields.SegmentLoad);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], 4u | (section.IsCode ? 1u : 0) | (section.IsWritable ? 2u : 0));
        ulong[] fields = [(ulong)offset, section.Start, section.Start, section.IsInFile ? size : 0, size, 1];
        for (var i = 0; i < fields.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(header[(8 + (8 * i))..], fields[i]);
        }
    }

    /// <param name="file">The file.</param>
    /// <param name="headersStart">Where the section headers start.</param>
    /// <param name="index">Which of them.</param>
    /// <param name="fields">
    /// Name and type, of 32 bits; flags, address, offset, size, of 64; link and information, of 32; alignment and entry size, of 64.
    /// </param>
    private static void WriteSection(Span<byte> file, long headersStart, int index, ReadOnlySpan<ulong> fields)
    {
        var header = file[(int)(headersStart + ((long)index * ElfFields.SectionHeaderLength))..];
        ReadOnlySpan<int> widths = [4, 4, 8, 8, 8, 8, 4, 4, 8, 8];
        for (var (i, at) = (0, 0); i < fields.Length; at += widths[i], i++)
        {
            if (widths[i] == 4)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(header[at..], (uint)fields[i]);
            }
            else
            {
                BinaryPrimitives.WriteUInt64LittleEndian(header[at..], fields[i]);
            }
        }
    }
}
