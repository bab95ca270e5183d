using System.Collections.Immutable;
using System.Globalization;

namespace KernelBuild.Passthrough;

/// <summary>Reads what <see cref="ProofScripts"/> print.</summary>
/// <param name="Has">Device nodes and drivers that the machine's kernel has: kvm, vfio, vfio-pci.</param>
/// <param name="Emulator">The machine's QEMU, as it names itself; empty when it did not run.</param>
/// <param name="Functions">In the order of the proof; those that the console breaks off in are there as far as it goes.</param>
/// <param name="IsComplete">Whether all functions were gone through.</param>
internal sealed record ProofConsole(
    ImmutableArray<string> Has, string Emulator, ImmutableArray<FunctionProof> Functions, bool IsComplete)
{
    public static ProofConsole Read(IEnumerable<string> console)
    {
        var has = ImmutableArray.CreateBuilder<string>();
        var functions = new Dictionary<string, FunctionProof>(StringComparer.Ordinal);
        var order = new List<string>();
        var (emulator, complete) = ("", false);
        foreach (var line in console.Select(line => line.TrimEnd('\r')))
        {
            switch (line.Split(' ', 5))
            {
                case ["###", "HAS", var what, ..]:
                    has.Add(what);
                    break;
                case ["###", "QEMU", ..]:
                    emulator = line["### QEMU ".Length..].Trim();
                    break;
                case ["###", "PROVED", ..]:
                    complete = true;
                    break;
                case ["###", "P" or "G", var function, ..] words:
                    if (!functions.TryGetValue(function, out var proof))
                    {
                        order.Add(function);
                        proof = new FunctionProof(function);
                    }

                    var rest = line[Math.Min(line.Length, words[0].Length + words[1].Length + function.Length + 3)..];
                    functions[function] = words[1] == "G" ? proof with { Console = proof.Console.Add(rest) } : With(proof, rest);
                    break;
                default:
                    break;
            }
        }

        return new ProofConsole(has.ToImmutable(), emulator, [.. order.Select(function => functions[function])], complete);
    }

    private static FunctionProof With(FunctionProof proof, string line) => line.Split(' ') switch
    {
        ["is", var vendor, var device, var type] => proof with
        {
            IsPresent = true,
            Id = IdOf(vendor, device),
            Class = int.TryParse(Digits(type), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : 0,
        },
        ["driver", var driver] => proof with { HostDriver = Name(driver) },
        ["bound", var driver] => proof with { BoundDriver = Name(driver) },
        ["group", var number, ..] => proof with { Group = After(line) },
        ["member", var name, _, var driver] => proof with { Members = proof.Members.Add(new GroupDevice(name, Name(driver))) },
        ["vfio", var what, var value] when int.TryParse(value, CultureInfo.InvariantCulture, out var number) =>
            proof with { Vfio = proof.Vfio.SetItem(what, number) },
        ["log", ..] => proof with { Messages = proof.Messages.Add(After(line)) },
        _ => proof,
    };

    /// <summary>vendor:device, of two numbers as sysfs has them.</summary>
    public static string IdOf(string vendor, string device) => $"{Digits(vendor)}:{Digits(device)}";

    /// <summary>All behind the first word.</summary>
    private static string After(string line) => line.Split(' ', 2) is [_, var rest] ? rest.Trim() : "";

    private static string Digits(string number) => number.StartsWith("0x", StringComparison.Ordinal) ? number[2..] : number;

    private static string? Name(string driver) => driver == "-" ? null : driver;
}
