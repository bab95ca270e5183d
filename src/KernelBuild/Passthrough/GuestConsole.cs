using System.Collections.Immutable;
using System.Globalization;

namespace KernelBuild.Passthrough;

/// <summary>What a guest says of the function that it was given.</summary>
internal static class GuestConsole
{
    /// <summary>QEMU's "edu", whose DMA goes wherever one tells it.</summary>
    public static bool IsDmaEngine(FunctionProof proof) => proof.Id == "1234:11e8";

    /// <summary>Null when the guest ended before it had done anything with it.</summary>
    public static GuestUse? UseOf(FunctionProof proof, ImmutableArray<string> diskDigests)
    {
        var uses = proof.Console.Select(line => line.Split(' ') switch
        {
            ["###", "NETWORK", var name, var carrier, var received, var before, var after] =>
                Network(name, carrier, received, before, after),
            ["###", "DISK", var name, var wrote, var read, _, _] => Disk(name, wrote, read, diskDigests),
            ["###", "DMA", "inside", var what] => Dma(proof, what),
            _ => null,
        });
        return uses.FirstOrDefault(use => use is not null) ?? Driver(proof);
    }

    /// <summary>What became of the DMA outside of the guest: blocked, arrived or stuck; null when it was not tried.</summary>
    public static string? Outside(IEnumerable<string> console) => console
        .Select(line => line.Split(' '))
        .Where(words => words is ["###", "DMA", "outside", _, "at", _])
        .Select(words => words[3]).FirstOrDefault();

    private static GuestUse Network(string name, string carrier, string received, string before, string after)
    {
        var count = Number(after) - Number(before);
        return new GuestUse(
            "network",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: link {(carrier == "1" ? "up" : "down")}, {received} of 3 pings answered, {count} interrupts meanwhile"),
            carrier == "1" && received == "3" && count > 0);
    }

    private static GuestUse Disk(string name, string wrote, string read, ImmutableArray<string> digests)
    {
        var onDisk = digests.IsEmpty || digests.Contains(wrote, StringComparer.Ordinal);
        return new GuestUse(
            "disk",
            wrote != read ? $"{name}: what was read back is not what was written"
                : !onDisk ? $"{name}: what was written is not on the disk"
                : $"{name}: 2 MiB written and read back, SHA-256 {wrote[..Math.Min(12, wrote.Length)]}…"
                    + (digests.IsEmpty ? "" : ", the same on the disk's file"),
            wrote == read && onDisk);
    }

    private static GuestUse Dma(FunctionProof proof, string inside)
    {
        var outside = Outside(proof.Console);
        return new GuestUse(
            "dma", $"edu: DMA within the guest's memory {inside}, outside of it {outside ?? "not tried"}",
            inside == "arrived" && outside is not null);
    }

    /// <summary>A function of another kind: that a driver of the guest took it is all that can be said.</summary>
    private static GuestUse? Driver(FunctionProof proof)
    {
        var lines = proof.Console.Select(line => line.Split(' '))
            .Where(words => words is ["###", "PCI", _, var vendor, var device, ..] && ProofConsole.IdOf(vendor, device) == proof.Id)
            .ToArray();
        return lines is [["###", "PCI", var address, _, _, _, var driver, ..]]
            ? new GuestUse(
                "driver", driver == "-" ? $"{address}: no driver of the guest took it" : $"{address}: {driver} took it", driver != "-")
            : null;
    }

    private static long Number(string text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
