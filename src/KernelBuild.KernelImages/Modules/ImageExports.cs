using System.Collections.Immutable;
using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Image;

namespace KernelBuild.KernelImages.Modules;

/// <summary>
/// The symbols that a kernel image exports. Entries are sorted by name, because the kernel looks them up by bisection
/// (kernel/module/main.c: find_exported_symbol_in_section): a run of entries whose names ascend is the table, and needs no symbol to be
/// found. There are two tables, exported to all and to GPL modules only; since 7.1 one, with a byte of flags for each entry behind the
/// checksums. Entries are places relative to themselves, value, name and, since 5.4, namespace (include/linux/export.h), or before 4.19
/// pointers.
/// </summary>
public static class ImageExports
{
    private const int ShortestRun = 64;
    private const int LargestGap = 1 << 12;

    /// <summary>Finds them.</summary>
    /// <returns>Empty when the image has no such table; checksums are null when it has none (no MODVERSIONS).</returns>
    public static ImmutableArray<ExportedSymbol> Find(KernelImage image)
    {
        foreach (var form in (ReadOnlySpan<ExportForm>)[ExportForm.Namespaces, ExportForm.Relative, ExportForm.Pointers])
        {
            var reader = new ExportEntries(image, form);
            var tables = Tables(reader);
            if (tables.Count > 0)
            {
                return Read(image, reader, tables);
            }
        }

        return [];
    }

    /// <summary>The longest run, and those that touch it: exported to all, then to GPL modules.</summary>
    private static List<(int Start, int Count)> Tables(ExportEntries entries)
    {
        var longest = Longest(entries);
        if (longest.Count < ShortestRun)
        {
            return [];
        }

        var tables = new List<(int Start, int Count)> { longest };

        // the run in front ends where this one starts
        if (entries.NameAt(longest.Start - entries.Stride).Length > 0)
        {
            var start = longest.Start - entries.Stride;
            while (IsBefore(entries, start - entries.Stride, start))
            {
                start -= entries.Stride;
            }

            tables.Insert(0, (start, (longest.Start - start) / entries.Stride));
        }

        var end = tables[^1].Start + (tables[^1].Count * entries.Stride);
        if (tables.Count == 1 && entries.NameAt(end).Length > 0)
        {
            tables.Add((end, CountFrom(entries, end)));
        }

        return tables;
    }

    private static (int Start, int Count) Longest(ExportEntries entries)
    {
        (int Start, int Count) longest = (0, 0);
        for (var phase = 0; phase < entries.Stride; phase += entries.Alignment)
        {
            for (var at = phase; at < entries.Length;)
            {
                if (entries.NameAt(at).Length == 0)
                {
                    at += entries.Stride;
                    continue;
                }

                var count = CountFrom(entries, at);
                longest = count > longest.Count ? (at, count) : longest;
                at += count * entries.Stride;
            }
        }

        return longest;
    }

    private static int CountFrom(ExportEntries entries, int start)
    {
        var count = 1;
        while (IsBefore(entries, start + ((count - 1) * entries.Stride), start + (count * entries.Stride)))
        {
            count++;
        }

        return count;
    }

    /// <summary>The same name may come twice: 5.10 exports memset from two files.</summary>
    private static bool IsBefore(ExportEntries entries, int one, int next)
    {
        var first = entries.NameAt(one);
        var second = entries.NameAt(next);
        return first.Length > 0 && second.Length > 0 && first.SequenceCompareTo(second) <= 0;
    }

    private static ImmutableArray<ExportedSymbol> Read(KernelImage image, ExportEntries entries, List<(int Start, int Count)> tables)
    {
        var count = tables.Sum(table => table.Count);
        var end = tables[^1].Start + (tables[^1].Count * entries.Stride);
        var crcs = Checksums(image, entries, end, count, hasFlags: tables.Count == 1);
        var flags = tables.Count == 1 ? Flags(image, end + (crcs.Length * sizeof(uint)), entries.FirstText(end), count) : default;
        var found = ImmutableArray.CreateBuilder<ExportedSymbol>(count);
        foreach (var (start, length) in tables)
        {
            for (var i = 0; i < length; i++)
            {
                var isGpl = tables.Count > 1 ? start == tables[1].Start : !flags.IsEmpty && (flags.Span[i] & 1) != 0;
                var at = start + (i * entries.Stride);
                found.Add(new ExportedSymbol(
                    System.Text.Encoding.ASCII.GetString(entries.NameAt(at)), crcs.IsEmpty ? null : crcs[found.Count], isGpl,
                    entries.NamespaceAt(at), ExportedSymbol.Kernel));
            }
        }

        return found.ToImmutable();
    }

    /// <summary>
    /// __kcrctab and __kcrctab_gpl lie between the entries and the names (include/asm-generic/vmlinux.lds.h: RO_DATA): what fits there says
    /// how long a checksum is. Eight bytes until 4.9, four since; with MODULE_REL_CRCS (until 5.18) the place of the checksum instead.
    /// </summary>
    private static ImmutableArray<uint> Checksums(KernelImage image, ExportEntries entries, int end, int count, bool hasFlags)
    {
        var bytes = image.Bytes.Span;
        var gap = entries.FirstText(end) - end;
        var length = gap >= count * sizeof(ulong) && entries.Form == ExportForm.Pointers && gap < (count * sizeof(ulong)) + LargestGap
            ? sizeof(ulong)
            : gap >= count * sizeof(uint) && gap < (count * (sizeof(uint) + (hasFlags ? 1 : 0))) + LargestGap ? sizeof(uint) : 0;
        if (length == 0)
        {
            return [];
        }

        var start = (end + length - 1) / length * length;
        var words = new uint[count];
        var isRelative = length == sizeof(uint);
        for (var i = 0; i < count; i++)
        {
            var at = start + ((long)i * length);
            words[i] = KernelBytes.U32(bytes, at);
            isRelative &= at + (int)words[i] is var place && place >= 0 && place < bytes.Length;
        }

        for (var i = 0; isRelative && i < count; i++)
        {
            words[i] = KernelBytes.U32(bytes, start + ((long)i * length) + (int)words[i]);
        }

        return [.. words];
    }

    /// <summary>__kflagstab: bit 0 is KSYM_FLAG_GPL_ONLY. Empty when what stands there is nothing of the kind.</summary>
    private static ReadOnlyMemory<byte> Flags(KernelImage image, int start, int texts, int count)
    {
        var isThere = texts - start >= count && KernelBytes.Fits(image.Bytes.Span, start, count)
            && !image.Bytes.Span.Slice(start, count).ContainsAnyExceptInRange((byte)0, (byte)1);
        return isThere ? image.Bytes.Slice(start, count) : default;
    }
}
