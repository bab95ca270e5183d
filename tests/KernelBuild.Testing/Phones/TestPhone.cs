using System.Globalization;

namespace KernelBuild.Testing.Phones;

/// <summary>
/// A phone with two slots: what its partitions hold, what its bootloader says, and what goes wrong with it. The servers beside it speak to
/// the real fastboot and adb.
/// </summary>
public sealed class TestPhone
{
    private readonly Lock _lock = new();
    private int _writes;
    private long _received;

    public PhoneMode Mode { get; set; } = PhoneMode.Bootloader;

    public string Product { get; set; } = "demo";

    public string CurrentSlot { get; set; } = "a";

    /// <summary>What the bootloader tells beside partitions and slot; a value of null takes a variable away.</summary>
    public Dictionary<string, string?> Variables { get; } = new(StringComparer.Ordinal)
    {
        ["version"] = "0.4", ["serialno"] = "PHONE1", ["slot-count"] = "2", ["unlocked"] = "yes", ["secure"] = "no", ["is-userspace"] = "no",
        ["max-download-size"] = "0x10000000",
    };

    public SortedDictionary<string, byte[]> Partitions { get; } = new(StringComparer.Ordinal);

    public PhoneFault? Fault { get; set; }

    /// <summary>Whether it keeps its connections and answers nothing any more.</summary>
    public bool Hangs { get; private set; }

    /// <summary>A command that is refused, "flash:boot_b"; null for none.</summary>
    public string? Refuses { get; set; }

    /// <summary>Partitions that are not given out, although there is a max-fetch-size: fastbootd gives vendor_boot only.</summary>
    public HashSet<string> Keeps { get; } = new(StringComparer.Ordinal);

    /// <summary>Changes a byte of what is given out, the time of this number, from 0; null for never.</summary>
    public int? LiesAtFetch { get; set; }

    /// <summary>How often something was given out.</summary>
    public int Fetches { get; private set; }

    /// <summary>How many sparse images were written.</summary>
    public int SparseWrites { get; private set; }

    /// <summary>Whether <c>fastboot boot</c> is taken; null is a refusal.</summary>
    public PhoneMode? BootsTo { get; set; }

    /// <summary>The image that was booted from memory last.</summary>
    public byte[]? Booted { get; private set; }

    /// <summary>Bytes that are taken in one piece: max-download-size, as fastboot reads it; a limit that nobody can read is none.</summary>
    public int LargestDownload => VariableOf("max-download-size") is { } text
        && (text.StartsWith("0x", StringComparison.Ordinal)
            ? int.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var limit)
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit)) && limit > 0
        ? limit
        : int.MaxValue;

    /// <summary>Commands that came, the oldest first.</summary>
    public List<string> Commands { get; } = [];

    /// <summary>Bytes that the host has sent since the fault was set.</summary>
    public long Received => _received;

    /// <summary>The cable is in again, and the phone in its bootloader.</summary>
    public void Replug()
    {
        lock (_lock)
        {
            Mode = PhoneMode.Bootloader;
            (Fault, Hangs) = (null, false);
        }
    }

    /// <summary>Counts what arrived; false when the cable was cut within it.</summary>
    public bool Receive(int bytes)
    {
        lock (_lock)
        {
            _received += bytes;
            if (Fault is { Kind: PhoneFaultKind.CutBytes } fault && _received > fault.At)
            {
                Mode = PhoneMode.Gone;
                return false;
            }

            return Mode == PhoneMode.Bootloader;
        }
    }

    public string? VariableOf(string name)
    {
        lock (_lock)
        {
            if (Variables.TryGetValue(name, out var value))
            {
                return value;
            }

            var words = name.Split(':', 2);
            return words switch
            {
                ["product"] => Product,
                ["current-slot"] => CurrentSlot,
                ["has-slot", var partition] => Partitions.ContainsKey(partition + "_a") ? "yes" : Partitions.ContainsKey(partition) ? "no" : null,
                ["partition-size", var partition] => Partitions.TryGetValue(partition, out var content)
                    ? string.Create(CultureInfo.InvariantCulture, $"0x{content.Length:x}")
                    : null,
                _ => null,
            };
        }
    }

    public IEnumerable<string> VariableNames => Variables.Keys
        .Concat(["product", "current-slot"])
        .Concat(Partitions.Keys.Select(partition => "partition-size:" + partition))
        .Concat(Partitions.Keys.Where(partition => partition.EndsWith("_a", StringComparison.Ordinal)).Select(partition => "has-slot:" + partition[..^2]))
        .Distinct();

    /// <summary>Carries a command out that changes something.</summary>
    /// <returns>The answer; null when none is given.</returns>
    public string? Apply(string command, byte[] data)
    {
        lock (_lock)
        {
            var fault = Fault is { } one && one.Kind != PhoneFaultKind.CutBytes && one.At == _writes ? one : null;
            _writes++;
            if (command == Refuses)
            {
                return "FAILnot today";
            }

            var answer = command.Split(':', 2) switch
            {
                ["flash", var partition] => Write(partition, data, fault),
                ["set_active", var slot] => Activate(slot),
                ["boot"] => Boot(data),
                ["reboot"] => Restart(PhoneMode.System),
                ["reboot-bootloader"] => Restart(PhoneMode.Bootloader),
                _ => "FAILunknown command",
            };
            if (fault is null)
            {
                return answer;
            }

            Fault = null;
            Hangs = fault.Kind == PhoneFaultKind.Hang;
            Mode = fault.Kind is PhoneFaultKind.CutWrite or PhoneFaultKind.LoseAnswer ? PhoneMode.Gone : PhoneMode.Bootloader;
            return null;
        }
    }

    /// <summary>"PARTITION:OFFSET:SIZE", as fetch has it.</summary>
    /// <returns>The bytes, or the refusal.</returns>
    public (byte[]? Data, string Refusal) Fetch(string request)
    {
        lock (_lock)
        {
            var words = request.Split(':');
            if (!Partitions.TryGetValue(words[0], out var content) || Keeps.Contains(words[0]) || VariableOf("max-fetch-size") is null)
            {
                return (null, $"Fetching {words[0]} is not allowed");
            }

            var (offset, size) = words.Length == 3 ? (Number(words[1]), Number(words[2])) : (0, content.Length);
            if (offset + size > content.Length || size > Number(VariableOf("max-fetch-size")!))
            {
                return (null, "out of range");
            }

            var data = content[offset..(offset + size)];
            if (Fetches++ == LiesAtFetch)
            {
                data[100] ^= 1;
            }

            return (data, "");
        }

        static int Number(string text) => int.Parse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    /// <summary>Begins to count bytes and commands for a fault.</summary>
    public void Expect(PhoneFault? fault)
    {
        lock (_lock)
        {
            (_received, _writes, Fault) = (0, 0, fault);
        }
    }

    private string Write(string partition, byte[] data, PhoneFault? fault)
    {
        if (!Partitions.TryGetValue(partition, out var content))
        {
            return "FAILno such partition";
        }

        if (VariableOf("unlocked") == "no")
        {
            return "FAILnot allowed in locked state";
        }

        if (SparseImage.IsSparse(data))
        {
            SparseWrites++;
            return SparseImage.TryWrite(data, content, fault is { Kind: PhoneFaultKind.CutWrite or PhoneFaultKind.Restart } cut ? cut.Fraction : 1)
                ? "OKAY" : "FAILsparse image is damaged or too large";
        }

        if (data.Length > content.Length)
        {
            return "FAILimage too large";
        }

        var length = fault is { Kind: PhoneFaultKind.CutWrite or PhoneFaultKind.Restart } ? (int)(data.Length * fault.Fraction) : data.Length;
        data.AsSpan(0, length).CopyTo(content);
        return "OKAY";
    }

    private string Activate(string slot)
    {
        if (slot is not ("a" or "b"))
        {
            return "FAILno such slot";
        }

        CurrentSlot = slot;
        return "OKAY";
    }

    private string Boot(byte[] data)
    {
        if (BootsTo is not { } mode)
        {
            return "FAILunknown command";
        }

        Booted = data;
        Mode = mode;
        return "OKAY";
    }

    private string Restart(PhoneMode mode)
    {
        Mode = mode;
        return "OKAY";
    }
}
