using System.Collections.Frozen;
using System.Globalization;
using KernelBuild.KernelImages.Code;
using static KernelBuild.KernelImages.Disassembly.InstructionText;

namespace KernelBuild.KernelImages.Disassembly;

/// <summary>
/// Hints, barriers, system registers, maintenance of caches and translations, and exceptions as text. Source: Arm Architecture Reference
/// Manual, C4.1.93 and C5; the names are in SystemNames.txt.
/// </summary>
internal static class SystemText
{
    private static readonly FrozenDictionary<uint, string> Hints = new Dictionary<uint, string>
    {
        [1] = "yield", [2] = "wfe", [3] = "wfi", [4] = "sev", [5] = "sevl", [6] = "dgh", [7] = "xpaclri", [8] = "pacia1716", [10] = "pacib1716",
        [12] = "autia1716", [14] = "autib1716", [16] = "esb", [17] = "psb\tcsync", [18] = "tsb\tcsync", [20] = "csdb", [22] = "clrbhb",
        [24] = "paciaz", [25] = "paciasp", [26] = "pacibz", [27] = "pacibsp", [28] = "autiaz", [29] = "autiasp", [30] = "autibz",
        [31] = "autibsp", [32] = "bti", [34] = "bti\tc", [36] = "bti\tj", [38] = "bti\tjc",
    }.ToFrozenDictionary();

    private static readonly string[] Domains = ["", "oshld", "oshst", "osh", "", "nshld", "nshst", "nsh", "", "ishld", "ishst", "ish", "", "ld", "st", "sy"];

    private static readonly Lazy<(FrozenDictionary<string, string> Registers, FrozenDictionary<uint, string> Operations)> Names = new(Read);

    /// <returns>Null for everything else.</returns>
    public static string? Of(uint word) => word switch
    {
        0xd69f_03e0 => "eret",
        _ when (word & 0xffff_f01f) == 0xd503_201f => Hints.GetValueOrDefault(word >> 5 & 0x7f),
        _ when (word & 0xffff_f01f) == 0xd503_301f => Barrier(word >> 5 & 7, word >> 8 & 15),
        _ when (word & 0xffe0_0000) == 0xd400_0000 => Exception(word),
        _ when (word & 0xfff8_f01f) == 0xd500_401f => State(word),
        _ when (word & 0xffd0_0000) == 0xd510_0000 => Register(word),
        _ when (word & 0xfff8_0000) == 0xd508_0000 => Operation(word),
        _ => null,
    };

    private static string? Barrier(uint kind, uint domain) => (kind, domain) switch
    {
        (2, 15) => "clrex",
        (6, 15) => "isb",
        (7, 0) => "sb",
        (4, 0) => "ssbb",
        (4, 4) => "pssbb",
        (4 or 5, _) when Domains[domain].Length > 0 => (kind == 4 ? "dsb\t" : "dmb\t") + Domains[domain],
        _ => null,
    };

    private static string? Exception(uint word)
    {
        var number = word >> 5 & 0xffff;
        var name = (word & 31) switch { 1 => "svc", 2 => "hvc", 3 => "smc", _ => null };
        return name is null ? null : Text($"{name}\t#{(number == 0 ? "0" : Text($"0x{number:x}"))}");
    }

    /// <summary>MSR of a field of the processor's state, by op1 and op2; those of one bit take 0 and 1.</summary>
    private static string? State(uint word)
    {
        var value = word >> 8 & 15;
        var (name, most) = (word >> 16 & 7, word >> 5 & 7) switch
        {
            (0, 3) => ("UAO", 1u),
            (0, 4) => ("PAN", 1u),
            (0, 5) => ("SPSel", 15u),
            (3, 1) => ("SSBS", 1u),
            (3, 2) => ("DIT", 1u),
            (3, 4) => ("TCO", 1u),
            (3, 6) => ("DAIFSet", 15u),
            (3, 7) => ("DAIFClr", 15u),
            _ => ("", 0u),
        };
        return name.Length > 0 && value <= most ? Text($"msr\t{name}, #0x{value:x}") : null;
    }

    /// <summary>MRS and MSR; a register without a name is spelled by its fields.</summary>
    private static string Register(uint word)
    {
        var isRead = (word >> 21 & 1) != 0;
        var code = (word >> 5 & 0xffff) | 0x8000;
        var key = Text($"{code:x4}");
        var names = Names.Value.Registers;
        var name = names.GetValueOrDefault(key) ?? names.GetValueOrDefault(key + (isRead ? "r" : "w"))
            ?? Text($"S{code >> 14}_{code >> 11 & 7}_C{code >> 7 & 15}_C{code >> 3 & 15}_{code & 7}");
        var general = InstructionText.Register(Opcode.Rd(word), true);
        return isRead ? $"mrs\t{general}, {name}" : $"msr\t{name}, {general}";
    }

    private static string? Operation(uint word)
    {
        if (!Names.Value.Operations.TryGetValue(word >> 5 & 0x3fff, out var name))
        {
            return null;
        }

        var takesNone = name.EndsWith('-');
        return takesNone && Opcode.Rd(word) != Opcode.ZeroRegister ? null
            : takesNone ? name[..^2].Replace(' ', '\t')
            : $"{name.Replace(' ', '\t')}, {InstructionText.Register(Opcode.Rd(word), true)}";
    }

    /// <summary>
    /// Lines of registers ("c082 MPIDR_EL1": op0, op1, CRn, CRm and op2 in hexadecimal, with r or w where reading and writing have two names),
    /// and of operations ("03ba dc cisw", with a dash where no register is named).
    /// </summary>
    private static (FrozenDictionary<string, string> Registers, FrozenDictionary<uint, string> Operations) Read()
    {
        using var stream = typeof(SystemText).Assembly.GetManifestResourceStream("SystemNames.txt")!;
        using var reader = new StreamReader(stream);
        var registers = new Dictionary<string, string>(StringComparer.Ordinal);
        var operations = new Dictionary<uint, string>();
        while (reader.ReadLine() is { } line)
        {
            var split = line.IndexOf(' ', StringComparison.Ordinal);
            if (line.AsSpan(split + 1).ContainsAnyInRange('a', 'z') && line.AsSpan(split + 1).Contains(' '))
            {
                operations[uint.Parse(line.AsSpan(0, split), NumberStyles.HexNumber, CultureInfo.InvariantCulture)] = line[(split + 1)..];
            }
            else
            {
                registers[line[..split]] = line[(split + 1)..];
            }
        }

        return (registers.ToFrozenDictionary(StringComparer.Ordinal), operations.ToFrozenDictionary());
    }
}
