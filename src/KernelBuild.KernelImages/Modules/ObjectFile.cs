using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Modules;

/// <summary>
/// A relocatable little-endian ELF file of 32 or 64 bits: its sections and symbols, every range checked against the file. What is refused
/// here, Linux refuses as well (kernel/module/main.c: elf_validity_check).
/// </summary>
internal sealed class ObjectFile
{
    public const ushort MachineArm = 40;
    public const ushort MachineArm64 = 183;
    private const int LongestName = 512;
    private const ushort TypeRelocatable = 1;
    private readonly ReadOnlyMemory<byte> _bytes;

    private ObjectFile(ReadOnlyMemory<byte> bytes, bool is64, ushort machine)
    {
        _bytes = bytes;
        Is64 = is64;
        Machine = machine;
    }

    public bool Is64 { get; }

    /// <summary>EM_*.</summary>
    public ushort Machine { get; }

    public ImmutableArray<ObjectSection> Sections { get; private set; } = [];

    /// <summary>Without the first, which is always empty; in the order of the table.</summary>
    public ImmutableArray<ObjectSymbol> Symbols { get; private set; } = [];

    /// <summary>Reads a file.</summary>
    /// <param name="bytes">All of it, uncompressed.</param>
    /// <param name="file">Null when the result is false.</param>
    /// <param name="problem">What is wrong with it, as the end of a sentence that begins with its name.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out ObjectFile? file, [NotNullWhen(false)] out string? problem)
    {
        file = null;
        var span = bytes.Span;
        if (!span.StartsWith("\u007fELF"u8) || span.Length < 52)
        {
            problem = "is not an ELF file, or is cut in its header";
            return false;
        }

        var (is64, little) = (span[4] == 2, span[5] == 1);
        if ((span[4] is not (1 or 2)) || !little || (is64 && span.Length < 64))
        {
            problem = little ? "has an ELF header that cannot be" : "is big endian; only little-endian modules are read";
            return false;
        }

        var machine = KernelBytes.U16(span, 18);
        if (machine != (is64 ? MachineArm64 : MachineArm))
        {
            problem = $"is for ELF machine {machine} ({(is64 ? 64 : 32)} bit); only arm64 (183) and arm (40) are read";
            return false;
        }

        if (KernelBytes.U16(span, 16) != TypeRelocatable)
        {
            problem = "is an ELF file, but not a relocatable one as modules are";
            return false;
        }

        var read = new ObjectFile(bytes, is64, machine);
        problem = read.ReadSections() ?? read.ReadSymbols();
        file = problem is null ? read : null;
        return problem is null;
    }

    /// <summary>The first section of that name that the kernel would find; null when there is none.</summary>
    public ObjectSection? Find(string name) => Sections.FirstOrDefault(section => section.IsAllocated && section.Name == name);

    /// <summary>Empty for .bss.</summary>
    public ReadOnlyMemory<byte> Content(ObjectSection section) =>
        section.Type is ObjectSection.TypeNoBits or ObjectSection.TypeNull ? default : _bytes.Slice(section.Offset, section.Size);

    /// <summary>What the kernel's relocations put into a 64-bit file's section, by place: the symbol, and what is added to it.</summary>
    public Dictionary<ulong, (ObjectSymbol Symbol, long Addend, uint Type)> RelocationsOf(ObjectSection section)
    {
        const int entryLength = 24;
        var found = new Dictionary<ulong, (ObjectSymbol, long, uint)>();
        var index = Sections.IndexOf(section);
        foreach (var table in Sections.Where(one => one.Type == ObjectSection.TypeRela && one.Info == index && Is64))
        {
            var bytes = Content(table).Span;
            for (var at = 0; at + entryLength <= bytes.Length; at += entryLength)
            {
                var information = KernelBytes.U64(bytes, at + 8L);
                var symbol = (long)(information >> 32) - 1;
                if (symbol >= 0 && symbol < Symbols.Length)
                {
                    found[KernelBytes.U64(bytes, at)] =
                        (Symbols[(int)symbol], (long)KernelBytes.U64(bytes, at + 16L), (uint)information);
                }
            }
        }

        return found;
    }

    private string? ReadSections()
    {
        var span = _bytes.Span;
        var table = Is64 ? KernelBytes.U64(span, 40) : KernelBytes.U32(span, 32);
        int entrySize = KernelBytes.U16(span, Is64 ? 58 : 46);
        int count = KernelBytes.U16(span, Is64 ? 60 : 48);
        int names = KernelBytes.U16(span, Is64 ? 62 : 50);
        if (count == 0 || entrySize != (Is64 ? 64 : 40) || table > int.MaxValue
            || !KernelBytes.Fits(span, (long)table, (long)count * entrySize))
        {
            return "is cut, or its section headers lie outside it";
        }

        var read = new List<(uint Name, ObjectSection Section)>();
        for (var i = 0; i < count; i++)
        {
            var at = (long)table + ((long)i * entrySize);
            var (type, offset, size) = (KernelBytes.U32(span, at + 4), Word(span, at, 16, 24), Word(span, at, 20, 32));
            var isStored = type is not (ObjectSection.TypeNull or ObjectSection.TypeNoBits);
            if (isStored && (offset > int.MaxValue || size > int.MaxValue || !KernelBytes.Fits(span, (long)offset, (long)size)))
            {
                return $"is cut: section {i} of {count} lies outside it";
            }

            read.Add((KernelBytes.U32(span, at), new ObjectSection(
                "", type, Word(span, at, 8, 8), isStored ? (int)offset : 0, isStored ? (int)size : 0,
                KernelBytes.U32(span, at + (Is64 ? 40 : 24)), KernelBytes.U32(span, at + (Is64 ? 44 : 28)))));
        }

        if (names <= 0 || names >= count || read[names].Section.Type != 3)
        {
            return "has no table of section names";
        }

        var strings = Content(read[names].Section).Span;
        var sections = ImmutableArray.CreateBuilder<ObjectSection>(count);
        foreach (var (name, section) in read)
        {
            sections.Add(section with { Name = Text(strings, name) });
        }

        Sections = sections.ToImmutable();
        return null;
    }

    /// <summary>A field that has 32 bits in one class and 64 in the other, at another place.</summary>
    private ulong Word(ReadOnlySpan<byte> bytes, long header, int narrow, int wide) =>
        Is64 ? KernelBytes.U64(bytes, header + wide) : KernelBytes.U32(bytes, header + narrow);

    private string? ReadSymbols()
    {
        var tables = Sections.Where(section => section.Type == ObjectSection.TypeSymbols).ToArray();
        if (tables.Length != 1)
        {
            return tables.Length == 0 ? "has no symbols: it was stripped of all" : "has more than one symbol table";
        }

        var table = tables[0];
        if (table.Link == 0 || table.Link >= Sections.Length || Sections[(int)table.Link].Type != 3)
        {
            return "has symbols without names";
        }

        var span = Content(table).Span;
        var strings = Content(Sections[(int)table.Link]).Span;
        var length = Is64 ? 24 : 16;
        var symbols = ImmutableArray.CreateBuilder<ObjectSymbol>(Math.Max(0, (span.Length / length) - 1));
        for (var at = length; at + length <= span.Length; at += length)
        {
            if (KernelBytes.U32(span, at) is var name && name >= strings.Length)
            {
                return $"has a symbol whose name lies outside the {strings.Length} bytes of names";
            }

            symbols.Add(new ObjectSymbol(
                Text(strings, name), Is64 ? KernelBytes.U64(span, at + 8L) : KernelBytes.U32(span, at + 4L),
                KernelBytes.U16(span, at + (Is64 ? 6 : 14)), span[at + (Is64 ? 4 : 12)] >> 4 == 2));
        }

        Symbols = symbols.ToImmutable();
        return null;
    }

    /// <summary>A text of a string table up to its NUL; empty outside of it.</summary>
    public static string Text(ReadOnlySpan<byte> strings, long offset)
    {
        if (offset < 0 || offset >= strings.Length)
        {
            return "";
        }

        var rest = strings.Slice((int)offset, (int)Math.Min(LongestName, strings.Length - offset));
        var end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }
}
