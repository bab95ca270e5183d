using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Image;

namespace KernelBuild.KernelImages.Tables;

/// <summary>
/// of_device_id tables, found by what an entry looks like: 32 bytes name, 32 bytes type, 128 bytes compatible, a pointer; the unused rest
/// of each text is zero, and a table ends with an entry of zeros. Source: include/linux/mod_devicetable.h.
/// </summary>
public sealed class MatchTables(KernelImage image, CodeMap code)
{
    private const int EntryLength = 200;
    private const int TypeOffset = 32;
    private const int CompatibleOffset = 64;
    private const int CompatibleLength = 128;
    private const int DataOffset = 192;
    private const int MostEntries = 4096;

    // struct device_driver: name, bus, owner, mod_name, two words of flags, of_match_table; unchanged since Linux 4.2.
    private const int DriverMatchOffset = 40;
    private const int LongestDriverHead = 56;

    /// <summary>Tables with an IOMMU in them: a compatible that names an mmu.</summary>
    public ImmutableArray<MatchTable> OfIommus() => Containing("mmu");

    /// <summary>Tables with a compatible that contains a text.</summary>
    public ImmutableArray<MatchTable> Containing(string text)
    {
        var tables = new SortedDictionary<ulong, ImmutableArray<MatchEntry>>();
        var seen = new HashSet<int>();
        var bytes = image.Bytes.Span;
        var wanted = Encoding.ASCII.GetBytes(text);
        for (var from = 0; from < bytes.Length;)
        {
            var at = bytes[from..].IndexOf(wanted);
            if (at < 0)
            {
                break;
            }

            at += from;
            from = at + wanted.Length;
            var compatible = bytes[..at].LastIndexOf((byte)0) + 1;
            var entry = compatible - CompatibleOffset;
            if (at - compatible >= CompatibleLength || !IsEntry(entry) || !seen.Add(entry))
            {
                continue;
            }

            while (IsEntry(entry - EntryLength))
            {
                entry -= EntryLength;
            }

            var entries = ImmutableArray.CreateBuilder<MatchEntry>();
            for (var next = entry; entries.Count < MostEntries && IsEntry(next); next += EntryLength)
            {
                seen.Add(next);
                entries.Add(Read(next));
            }

            // a compatible is "vendor,device"; other data can look like an entry, but for that
            if (entries[0].Compatible.Contains(',', StringComparison.Ordinal))
            {
                tables[image.Base.GetValueOrDefault() + (ulong)entry] = entries.ToImmutable();
            }
        }

        return WithUsers(tables);
    }

    private bool IsEntry(int offset)
    {
        var bytes = image.Bytes.Span;
        return offset >= 0 && offset % sizeof(ulong) == 0 && KernelBytes.Fits(bytes, offset, EntryLength)
            && IsText(bytes.Slice(offset, TypeOffset)) && IsText(bytes.Slice(offset + TypeOffset, CompatibleOffset - TypeOffset))
            && IsText(bytes.Slice(offset + CompatibleOffset, CompatibleLength)) && bytes[offset + CompatibleOffset] != 0;
    }

    /// <summary>Printable ASCII, then zeros only.</summary>
    private static bool IsText(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return end >= 0 && !field[end..].ContainsAnyExcept((byte)0) && !field[..end].ContainsAnyExceptInRange((byte)0x21, (byte)0x7e);
    }

    private MatchEntry Read(int offset)
    {
        var bytes = image.Bytes.Span;
        var data = image.ReadPointer(image.Base.GetValueOrDefault() + (ulong)offset + DataOffset);
        return new MatchEntry(
            Encoding.ASCII.GetString(KernelBytes.Text(bytes, offset + CompatibleOffset, CompatibleLength)),
            data == 0 ? "" : DataName(data));
    }

    /// <summary>A symbol, when one starts there: without data symbols the one below would be something else.</summary>
    private string DataName(ulong address)
    {
        var index = code.Symbols.IndexBelow(address);
        return index >= 0 && code.Symbols.Addresses[index] == address
            ? code.NameAt(address)
            : string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");
    }

    private ImmutableArray<MatchTable> WithUsers(SortedDictionary<ulong, ImmutableArray<MatchEntry>> tables)
    {
        var starts = tables.Keys.ToHashSet();
        var users = AddressScan.To(image, code, starts.Contains).ToLookup(reference => reference.To, reference => reference.Function);
        var pointers = PointerScan.To(image, starts).ToLookup(pair => pair.Target, pair => pair.Place);
        return
        [
            .. tables.Select(table =>
            {
                var (driver, probe) = pointers[table.Key]
                    .Select(Driver)
                    .OrderByDescending(found => found.Name.Length > 0)
                    .FirstOrDefault((Name: "", Probe: ""));
                var name = DataName(table.Key);
                return new MatchTable(
                    table.Key, name.StartsWith("0x", StringComparison.Ordinal) ? "" : name, table.Value, driver, probe,
                    [.. users[table.Key].Distinct()]);
            }),
        ];
    }

    /// <summary>The name in the device_driver that points to a table, and the first function of the bus's structure around it.</summary>
    private (string Name, string Probe) Driver(ulong place)
    {
        var driver = place - DriverMatchOffset;
        if (image.ReadText(image.ReadPointer(driver), 64) is not { } name)
        {
            return ("", "");
        }

        // The structure around it starts with probe; how many functions follow differs between versions.
        for (var back = (ulong)sizeof(ulong); back <= LongestDriverHead; back += sizeof(ulong))
        {
            var function = image.ReadPointer(driver - back);
            if (code.IsCode(function) && code.NameAt(function).Contains("probe", StringComparison.Ordinal))
            {
                return (name, code.NameAt(function));
            }
        }

        return (name, "");
    }
}
