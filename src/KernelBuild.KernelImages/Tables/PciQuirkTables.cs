using System.Collections.Immutable;
using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.KernelImages.Tables;

/// <summary>
/// The two ACS tables of drivers/pci/quirks.c, found by their symbol where data has symbols, and otherwise by the functions that their
/// entries point to: those have symbols in every kernel.
/// </summary>
public sealed class PciQuirkTables(KernelImage image, CodeMap code)
{
    private const int PointerOffset = 8;
    private const int AcsEntryLength = 16;
    private const int EnableEntryLength = 24;
    private const int DisableOffset = 16;
    private const int MostEntries = 4096;
    private const ushort EveryDevice = 0xffff; // PCI_ANY_ID, as the table has it

    /// <summary>pci_dev_acs_enabled[].</summary>
    public ImmutableArray<IsolationQuirkEntry> IsolationQuirks() =>
        [.. Entries(
            "pci_dev_acs_enabled", AcsEntryLength,
            name =>
                name.StartsWith("pci_quirk_", StringComparison.Ordinal) && !name.StartsWith("pci_quirk_enable", StringComparison.Ordinal)
                    && !name.StartsWith("pci_quirk_disable", StringComparison.Ordinal))
            .Select(entry => new IsolationQuirkEntry(entry, U16(entry), U16(entry + 2), Name(entry + PointerOffset)))];

    /// <summary>
    /// pci_dev_enable_acs[], called pci_dev_acs_ops[] for a while. The table is so short that a compiler may make code of it.
    /// </summary>
    public ImmutableArray<AcsModeEntry> AcsModes()
    {
        if (AcsModeTable() is { IsEmpty: false } table)
        {
            return table;
        }

        var disable = CallsIn("pci_dev_specific_disable_acs_redir", "disable").Select(call => call.Callee).ToHashSet();
        return [.. from call in CallsIn("pci_dev_specific_enable_acs", "enable")
                   let redirect = call.Callee.Replace("_enable_", "_disable_", StringComparison.Ordinal) + "_redir"
                   select new AcsModeEntry(call.From, call.Vendor, call.Device, call.Callee, disable.Contains(redirect) ? redirect : "")];
    }

    /// <summary>
    /// The handlers that a function calls itself, each with what it compared the IDs with before: the vendor, and the device unless every
    /// one fits.
    /// </summary>
    private List<(ulong From, ushort Vendor, ushort Device, string Callee)> CallsIn(string function, string verb)
    {
        var calls = new List<(ulong, ushort, ushort, string)>();
        var start = AddressOfCode(function);
        if (start == 0)
        {
            return calls;
        }

        var compared = new List<ushort>();
        new FunctionFlow(image, code, null, code.FunctionAt(start)).Visit((address, word, registers) =>
        {
            if (Opcode.IsCompare(word))
            {
                foreach (var register in (int[])[Opcode.Rn(word), Opcode.Rm(word)])
                {
                    if (register < registers.Length && registers[register] is { IsSingle: true, Number: <= ushort.MaxValue and var id })
                    {
                        compared.Add((ushort)id);
                    }
                }
            }
            else if ((Opcode.IsBranchLink(word) || Opcode.IsBranch(word)) && compared.Count > 0
                && HandlerOf(SourceName.Of(code.NameAt(Opcode.Target26(word, address))), verb) is { } callee)
            {
                calls.Add((address, compared[0], compared.Count > 1 ? compared[1] : EveryDevice, callee));
                compared.Clear();
            }
        });
        return calls;
    }

    /// <summary>
    /// The handler that is called, or the one whose first question is asked: with link-time optimization the handler itself is inlined,
    /// and pci_quirk_x_match() is what stays of pci_quirk_enable_x() and pci_quirk_disable_x_redir().
    /// </summary>
    private static string? HandlerOf(string callee, string verb)
    {
        const string prefix = "pci_quirk_";
        const string match = "_match";
        return callee.StartsWith($"{prefix}{verb}_", StringComparison.Ordinal) ? callee
            : callee.StartsWith(prefix, StringComparison.Ordinal) && callee.EndsWith(match, StringComparison.Ordinal)
                ? $"{prefix}{verb}_{callee[prefix.Length..^match.Length]}{(verb == "disable" ? "_redir" : "")}"
            : null;
    }

    /// <summary>A function of that name, or what a compiler made of it.</summary>
    private ulong AddressOfCode(string function)
    {
        var plain = code.Symbols.FindAll(function).FirstOrDefault(candidate => candidate.IsCode).Address;
        var changed = System.Text.Encoding.ASCII.GetBytes(function + ".");
        return plain != 0 ? plain : Enumerable.Range(0, code.Symbols.Count)
            .Where(i => code.Symbols.StartsWith(i, changed))
            .Select(i => code.Symbols[i])
            .FirstOrDefault(symbol => symbol.IsCode)
            .Address;
    }

    private ImmutableArray<AcsModeEntry> AcsModeTable()
    {
        var symbol = code.Symbols.AddressOf("pci_dev_acs_ops") != 0 ? "pci_dev_acs_ops" : "pci_dev_enable_acs";
        return [.. Entries(symbol, EnableEntryLength, name => name.StartsWith("pci_quirk_enable", StringComparison.Ordinal))
            .Select(entry => new AcsModeEntry(
                entry, U16(entry), U16(entry + 2), Name(entry + PointerOffset), Name(entry + DisableOffset)))];
    }

    private IEnumerable<ulong> Entries(string symbol, int length, Func<string, bool> isHandler)
    {
        // A function may have the table's name: only data is the table.
        var start = code.Symbols.FindAll(symbol).FirstOrDefault(candidate => !candidate.IsCode).Address;
        if (start == 0 || !IsEntry(start))
        {
            start = FindByHandlers(length, isHandler);
        }

        for (var (entry, i) = (start, 0); start != 0 && i < MostEntries && IsEntry(entry); entry += (ulong)length, i++)
        {
            yield return entry;
        }
    }

    private ulong FindByHandlers(int length, Func<string, bool> isHandler)
    {
        var handlers = new HashSet<ulong>();
        for (var i = 0; i < code.Symbols.Count; i++)
        {
            if (code.Symbols.StartsWith(i, "pci_quirk_"u8) && isHandler(SourceName.Of(code.Symbols[i].Name)))
            {
                handlers.Add(code.Symbols.Addresses[i]);
            }
        }

        // The longest run of entries one behind the other.
        var (best, most) = (0ul, 0);
        var seen = new HashSet<ulong>();
        foreach (var (place, _) in PointerScan.To(image, handlers))
        {
            var entry = place - PointerOffset;
            if (seen.Contains(entry) || !IsEntry(entry))
            {
                continue;
            }

            while (IsEntry(entry - (ulong)length))
            {
                entry -= (ulong)length;
            }

            var count = 0;
            for (var at = entry; count < MostEntries && IsEntry(at); at += (ulong)length, count++)
            {
                seen.Add(at);
            }

            (best, most) = count > most ? (entry, count) : (best, most);
        }

        return best;
    }

    private bool IsEntry(ulong entry) =>
        U16(entry) != 0 && image.TryOffset(entry, out var offset) && KernelBytes.U32(image.Bytes.Span, offset + 4) == 0
            && code.IsCode(image.ReadPointer(entry + PointerOffset));

    private ushort U16(ulong address) => image.TryOffset(address, out var offset) ? KernelBytes.U16(image.Bytes.Span, offset) : (ushort)0;

    private string Name(ulong place) => image.ReadPointer(place) is not 0 and var target ? SourceName.Of(code.NameAt(target)) : "";
}
