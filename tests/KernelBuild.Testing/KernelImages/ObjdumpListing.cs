using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using KernelBuild.KernelImages.CrossReferences;

namespace KernelBuild.Testing.KernelImages;

/// <summary>LLVM's disassembly of a vmlinux.</summary>
public static partial class ObjdumpListing
{
    /// <summary>Direct calls and jumps to other functions.</summary>
    /// <param name="vmlinux">An ELF file with symbols.</param>
    /// <param name="starts">Addresses at which something starts, ascending: a branch to where its own function starts is no call.</param>
    /// <param name="functions">Addresses of functions.</param>
    public static HashSet<(ulong From, ulong To, ReferenceKind Kind)> DirectCalls(string vmlinux, ulong[] starts, HashSet<ulong> functions)
    {
        var calls = new HashSet<(ulong From, ulong To, ReferenceKind Kind)>();
        foreach (var (address, mnemonic, operands) in Of("-d", vmlinux))
        {
            if ((mnemonic is "bl" or "b" or "cbz" or "cbnz" or "tbz" or "tbnz" || mnemonic.StartsWith("b.", StringComparison.Ordinal))
                && BranchTarget().Match(operands) is { Success: true } target)
            {
                var to = ulong.Parse(target.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                var found = Array.BinarySearch(starts, address);
                var own = found == -1 ? 0 : starts[found < 0 ? ~found - 1 : found];
                if (functions.Contains(to) && (mnemonic == "bl" || own != to))
                {
                    calls.Add((address, to, mnemonic == "bl" ? ReferenceKind.Call : ReferenceKind.Jump));
                }
            }
        }

        return calls;
    }

    /// <summary>
    /// Where the instructions lie that the kernel's own table (.altinstructions: struct alt_instr) puts in place of others. In assembly they
    /// stand behind a function's literals, and llvm-objdump takes some for data.
    /// </summary>
    public static HashSet<ulong> Replacements(string vmlinux)
    {
        const int length = 12;
        var section = Oracle.Text("/", "llvm-readelf-19", "-S", "--wide", vmlinux).Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).First(words => words.Contains(".altinstructions"));
        var start = ulong.Parse(section[Array.IndexOf(section, ".altinstructions") + 2], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var table = Oracle.Output("llvm-objcopy-19", ["-O", "binary", "--only-section=.altinstructions", vmlinux, "-"]);
        var places = new HashSet<ulong>();
        for (var at = 0; at + length <= table.Length; at += length)
        {
            var other = start + (ulong)at + 4 + (ulong)(long)BitConverter.ToInt32(table, at + 4);
            for (var offset = 0; offset < table[at + 11]; offset += 4)
            {
                places.Add(other + (ulong)offset);
            }
        }

        return places;
    }

    /// <summary>Calls through pointers behind a check of kCFI: their address and the hash.</summary>
    public static HashSet<(ulong Call, uint Hash)> CheckedCalls(string vmlinux)
    {
        var calls = new HashSet<(ulong, uint)>();
        var last = new Queue<(string Mnemonic, string Operands)>();
        foreach (var (address, mnemonic, operands) in Of("-d", vmlinux))
        {
            // movk w16, #0x1234 / movk w16, #0x5678, lsl #16 / cmp / b.eq / brk #0x822x
            if (mnemonic is "blr" or "br" && last.ToArray() is [("movk", var low), ("movk", var high), ("cmp", _), ("b.eq", _), ("brk", _)])
            {
                calls.Add((address, Number(low) | (Number(high) << 16)));
            }

            last.Enqueue((mnemonic, operands));
            if (last.Count > 5)
            {
                last.Dequeue();
            }
        }

        return calls;

        static uint Number(string operands) => uint.Parse(
            operands.Split('#')[1].Split(',')[0].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    /// <summary>Address, mnemonic and operands of each line.</summary>
    public static IEnumerable<(ulong Address, string Mnemonic, string Operands)> Of(params string[] arguments)
    {
        var text = Encoding.UTF8.GetString(Oracle.Output(
            "llvm-objdump-19", [.. arguments[..^1], "--no-show-raw-insn", "--no-leading-headers", arguments[^1]]));
        foreach (var line in text.Split('\n'))
        {
            if (Instruction().Match(line) is { Success: true } match)
            {
                yield return (ulong.Parse(match.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                    match.Groups[2].Value, match.Groups[3].Value);
            }
        }
    }

    [GeneratedRegex(@"^([0-9a-f]+):\s+(\S+)\s*(.*)$")]
    private static partial Regex Instruction();

    [GeneratedRegex(@"0x([0-9a-f]+) <")]
    private static partial Regex BranchTarget();
}
