using System.Text;
using System.Text.RegularExpressions;
using ELFSharp.ELF;
using ELFSharp.ELF.Sections;

namespace KernelBuild.Reproducibility;

/// <summary>Two ELF files, section by section: vmlinux and modules.</summary>
internal static partial class ElfDiff
{
    private const int MostRanges = 256;
    private const int MostShown = 6;

    /// <remarks>Source: Linux, include/linux/module_signature.h and scripts/sign-file.c.</remarks>
    private static ReadOnlySpan<byte> SignatureMark => "~Module signature appended~\n"u8;

    public static IEnumerable<Difference> Compare(
        string file, ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other, KernelSymbols symbols)
    {
        var (first, second) = (WithoutSignature(one), WithoutSignature(other));
        var found = new List<Difference>();
        if ((first.Length < one.Length || second.Length < other.Length) && !one[first.Length..].Span.SequenceEqual(other[second.Length..].Span)
            && first.Span.SequenceEqual(second.Span))
        {
            return [new Difference(file, "signature", DifferenceCause.SigningKey)];
        }

        if (Read(first) is not { } sections || Read(second) is not { } others)
        {
            return [new Difference(file, "file", DifferenceCause.Unknown, "no ELF file that can be read")];
        }

        foreach (var name in sections.Keys.Union(others.Keys).Order(StringComparer.Ordinal))
        {
            if (!sections.TryGetValue(name, out var x) || !others.TryGetValue(name, out var y))
            {
                found.Add(new Difference(file, name, DifferenceCause.Unknown, "only one of them has the section"));
            }
            else if (!x.Bytes.AsSpan().SequenceEqual(y.Bytes))
            {
                found.AddRange(OfSection(file, name, x, y, symbols));
            }
        }

        var seeds = (KernelDiff.Seed(first.Span), KernelDiff.Seed(second.Span));
        if (seeds.Item1 != seeds.Item2)
        {
            found.Add(new Difference(file, "vermagic", DifferenceCause.Randstruct, $"{seeds.Item1}, {seeds.Item2}"));
        }

        // what moved, or was laid out otherwise, because of what is named
        return found.Exists(difference => difference.Cause != DifferenceCause.Unknown && !DifferenceCause.Follows(difference.Cause))
            ? found.Where(difference => difference.Cause != DifferenceCause.Unknown).DistinctBy(one => (one.Part, one.Cause, one.Detail))
            : found;
    }

    private static IEnumerable<Difference> OfSection(string file, string name, Section one, Section other, KernelSymbols symbols)
    {
        switch (name)
        {
            case ".comment":
                return [new Difference(file, name, DifferenceCause.Compiler, $"{Texts(one.Bytes).FirstOrDefault()}, {Texts(other.Bytes).FirstOrDefault()}")];
            case ".note.gnu.build-id" or ".notes" or ".note.gnu.property":
                return [new Difference(file, name, DifferenceCause.BuildId)];
            case ".BTF":
                return [new Difference(file, name, BtfDiff.Cause(one.Bytes, other.Bytes))];
            case ".BTF_ids" or ".BTF.ext" or ".symtab" or ".strtab" or ".shstrtab":
                return [new Difference(file, name, DifferenceCause.Layout)];
            case ".modinfo":
                return OfModuleInfo(file, name, one.Bytes, other.Bytes);
            case var debug when debug.StartsWith(".debug_", StringComparison.Ordinal) || debug.StartsWith(".rela.debug_", StringComparison.Ordinal):
                return OfDebug(file, name, one.Bytes, other.Bytes);
            default:
                return OfData(file, name, one, other, symbols);
        }
    }

    private static IEnumerable<Difference> OfModuleInfo(string file, string name, byte[] one, byte[] other)
    {
        var (left, right) = (Texts(one), Texts(other));
        foreach (var text in left.Except(right))
        {
            var tag = text.Split('=')[0] + "=";
            var now = right.FirstOrDefault(line => line.StartsWith(tag, StringComparison.Ordinal)) ?? "";
            var cause = text.Contains("RANDSTRUCT_", StringComparison.Ordinal) ? DifferenceCause.Randstruct
                : tag == "vermagic=" ? DifferenceCause.Release
                : DifferenceCause.Unknown;
            yield return new Difference(file, $"{name} {tag.TrimEnd('=')}", cause, $"{text}, {now}");
        }
    }

    /// <summary>
    /// The texts of one that the other has not: a path, or the compiler that produced it. Clang names its producer in debug information.
    /// </summary>
    private static IEnumerable<Difference> OfDebug(string file, string name, byte[] one, byte[] other)
    {
        var (left, right) = (Texts(one).ToHashSet(StringComparer.Ordinal), Texts(other).ToHashSet(StringComparer.Ordinal));
        var (first, second) = (left.Except(right).ToArray(), right.Except(left).ToArray());
        if (first.FirstOrDefault(text => Path().IsMatch(text)) is { } path)
        {
            yield return new Difference(
                file, name, DifferenceCause.DebugPath, $"{path}, {second.FirstOrDefault(text => Path().IsMatch(text))}");
        }
        else if (first.FirstOrDefault(text => text.Contains("clang version", StringComparison.Ordinal) || text.StartsWith("GNU C", StringComparison.Ordinal)) is { } producer)
        {
            yield return new Difference(file, name, DifferenceCause.Compiler, producer);
        }
        else
        {
            yield return new Difference(file, name, DifferenceCause.Unknown, string.Join(", ", first.Concat(second).Take(MostShown)));
        }
    }

    private static IEnumerable<Difference> OfData(string file, string name, Section one, Section other, KernelSymbols symbols)
    {
        var found = new List<Difference>();
        var rest = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (start, end) in ByteRanges.Of(one.Bytes, other.Bytes, MostRanges))
        {
            var symbol = one.Symbols?.LastOrDefault(entry => entry.Value <= one.Address + (ulong)start).Name
                ?? (one.Address > 0 ? symbols.At(one.Address + (ulong)start) : null) ?? $"0x{start:x}";
            if (KernelDiff.Text(one.Bytes, other.Bytes, start, end) is var (cause, detail))
            {
                found.Add(new Difference(file, $"{name} {symbol}", cause, detail));
            }
            else if (KernelDiff.CauseOf(symbol) is { } known)
            {
                found.Add(new Difference(file, $"{name} {symbol}", known));
            }
            else
            {
                rest.Add(symbol);
            }
        }

        if (rest.Count > 0 || found.Count == 0)
        {
            found.Add(new Difference(
                file, name, DifferenceCause.Unknown,
                rest.Count == 0 ? $"{one.Bytes.Length} and {other.Bytes.Length} bytes" : string.Join(", ", rest.Take(MostShown))));
        }

        return found.DistinctBy(difference => (difference.Cause, difference.Detail));
    }

    private static ReadOnlyMemory<byte> WithoutSignature(ReadOnlyMemory<byte> module)
    {
        const int informationLength = 12;
        if (!module.Span.EndsWith(SignatureMark) || module.Length < SignatureMark.Length + informationLength)
        {
            return module;
        }

        // the last four bytes of the information are the signature's length, big endian
        var end = module.Length - SignatureMark.Length;
        var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(module.Span[(end - 4)..]);
        var start = end - informationLength - (long)length;
        return start > 0 ? module[..(int)start] : module;
    }

    /// <summary>The sections of a file; null when it is none that can be read.</summary>
    private static Dictionary<string, Section>? Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var file = ELFReader.Load(new MemoryStream(bytes.ToArray()), shouldOwnStream: true);
            return Sections(file);
        }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException or InvalidOperationException or IOException
            or OverflowException or IndexOutOfRangeException)
        {
            // whatever the library makes of a damaged file
            return null;
        }
    }

    /// <summary>Sections with content, by name; the second of a name has a number.</summary>
    private static Dictionary<string, Section> Sections(IELF file)
    {
        var sections = new Dictionary<string, Section>(StringComparer.Ordinal);
        var symbols = file.Sections.OfType<SymbolTable<ulong>>().FirstOrDefault()?.Entries
            .Where(entry => entry.Name.Length > 0 && entry.Type is SymbolType.Object or SymbolType.Function or SymbolType.NotSpecified)
            .ToLookup(entry => entry.PointedSectionIndex);
        var isLinked = file.Type != FileType.Relocatable;
        for (var index = 0; index < file.Sections.Count; index++)
        {
            var section = file.Sections[index];
            if (section.Type is SectionType.Null or SectionType.NoBits)
            {
                continue;
            }

            var name = section.Name;
            for (var number = 2; sections.ContainsKey(name); number++)
            {
                name = $"{section.Name}#{number}";
            }

            sections[name] = new Section(
                section.GetContents(), isLinked && section is Section<ulong> placed ? placed.LoadAddress : 0,
                symbols?[(ushort)index].Select(entry => (entry.Value, entry.Name)).OrderBy(entry => entry.Value).ToArray());
        }

        return sections;
    }

    private static List<string> Texts(byte[] bytes) =>
        [.. Encoding.UTF8.GetString(bytes).Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(text => text.Length > 2)];

    [GeneratedRegex(@"^/[^\s]+")]
    private static partial Regex Path();

    private sealed record Section(byte[] Bytes, ulong Address, (ulong Value, string Name)[]? Symbols);
}
