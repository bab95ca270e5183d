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

    /// <summary>Whether <c>fastboot boot</c> is taken; null is a refusal.</summary>
    public PhoneMode? BootsTo { get; set; }

    /// <summary>The image that was booted from memory last.</summary>
    public byte[]? Booted { get; private set; }

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
