using KernelBuild.Diagnostics;
using KernelBuild.Flashing;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Flashing;

/// <summary>The real fastboot against a phone whose partitions are known: what is written, what is saved, and what comes back.</summary>
public sealed class FlashesAndRollbacks
{
    /// <summary>All 200 with KERNELBUILD_EXHAUSTIVE; each is two or three runs of the whole road.</summary>
    private static readonly int _cuts = Environment.GetEnvironmentVariable("KERNELBUILD_EXHAUSTIVE") is null ? 12 : 200;

    [FactWith("fastboot")]
    public async Task Without_yes_the_exact_commands_are_printed_and_nothing_is_sent_that_writes()
    {
        using var bench = new FlashBench();

        var commands = await bench.FlashAsync(bench.Options with { Yes = false });

        commands.Select(command => command.Split(' ')[3..]).Select(words => string.Join(' ', words)).ShouldContain("set_active b");
        commands.ShouldContain(command => command.EndsWith($"flash boot_b {bench.Built["boot"]}", StringComparison.Ordinal));
        bench.Phone.Commands.ShouldAllBe(command => command.StartsWith("getvar:", StringComparison.Ordinal));
        bench.Contents().ShouldBe(bench.Original, ignoreOrder: true);
        Directory.Exists(bench.Backups.Path).ShouldBeFalse();
    }

    [FactWith("fastboot")]
    public async Task The_other_slot_is_written_and_set_active_and_rollback_restores_every_byte()
    {
        using var bench = new FlashBench();

        var commands = await bench.FlashAsync();

        bench.Phone.CurrentSlot.ShouldBe("b");
        foreach (var image in bench.Built.Keys)
        {
            bench.Holds(image + "_b", image).ShouldBeTrue(image);
            bench.Contents()[image + "_a"].ShouldBe(bench.Original[image + "_a"]);
        }

        // what was printed is what was done, in its order
        bench.Phone.Commands.Where(IsWrite).ShouldBe(commands.Where(one => !one.StartsWith("cp ", StringComparison.Ordinal)).Select(Sent));
        bench.Phone.Replug();
        (await bench.RollbackAsync()).Length.ShouldBe(5);
        bench.Contents().ShouldBe(bench.Original, ignoreOrder: true);
    }

    [FactWith("fastboot")]
    public async Task A_second_flash_stays_in_its_slot_and_the_one_the_phone_came_with_stays_untouched()
    {
        using var bench = new FlashBench();
        await bench.FlashAsync();
        bench.Phone.Replug();
        bench.Built["boot"] = bench.Files.Write("artifacts/demo/boot.img", FlashBench.Image("boot", 77));

        await bench.FlashAsync();

        bench.Holds("boot_b", "boot").ShouldBeTrue();
        bench.Contents()["boot_a"].ShouldBe(bench.Original["boot_a"]);
        bench.Phone.Replug();
        await bench.RollbackAsync();
        bench.Phone.Replug();
        await bench.RollbackAsync();
        bench.Contents().ShouldBe(bench.Original, ignoreOrder: true);
        bench.Phone.Replug();
        (await Findings.OfAsync(DiagnosticCodes.JournalInvalid, () => bench.RollbackAsync())).Message.ShouldContain("taken back already");
    }

    /// <summary>
    /// The cable is cut at any byte, the power fails while a partition is written, the answer is lost, the device restarts in between:
    /// after
    /// each, the way back restores everything; now and then it is cut itself, and now and then the flash is first gone on with.
    /// </summary>
    [FactWith("fastboot")]
    public async Task After_every_cut_rollback_restores_every_byte()
    {
        long whole;
        using (var measured = new FlashBench())
        {
            measured.Phone.Expect(null);
            await measured.FlashAsync();
            whole = measured.Phone.Received;
        }

        var (cut, lost) = (0, 0);
        for (var seed = 0; seed < _cuts; seed++)
        {
            using var bench = new FlashBench();
            var random = new Random(seed);
            bench.Phone.Expect(FaultOf(random, whole));
            cut += await IsCutAsync(() => bench.FlashAsync()) ? 1 : 0;
            bench.Phone.Replug();
            if (random.Next(3) == 0)
            {
                bench.Phone.Expect(FaultOf(random, whole));
                await IsCutAsync(() => bench.FlashAsync());
                bench.Phone.Replug();
            }

            if (random.Next(3) == 0)
            {
                bench.Phone.Expect(FaultOf(random, whole));
                await IsCutAsync(() => bench.RollbackAsync());
                bench.Phone.Replug();
            }

            await RollBackWhatThereIsAsync(bench);
            lost += bench.Contents().Count(partition => partition.Value != bench.Original[partition.Key]);
        }

        lost.ShouldBe(0);
        cut.ShouldBeGreaterThan(_cuts * 3 / 4, "cuts that cut nothing prove nothing");
    }

    [FactWith("fastboot")]
    public async Task A_flash_that_was_cut_is_gone_on_with_and_nothing_is_written_twice()
    {
        using var bench = new FlashBench();
        bench.Phone.Expect(new PhoneFault(PhoneFaultKind.CutWrite, 1));
        (await Findings.OfAsync(DiagnosticCodes.DeviceLost, () => bench.FlashAsync())).Fix.ShouldContain("Rollback");
        bench.Phone.Replug();
        bench.Phone.Commands.Clear();

        await bench.FlashAsync();

        bench.Phone.Commands.Where(IsWrite).ShouldBe(["flash:init_boot_b", "flash:boot_b", "set_active:b", "reboot"]);
        bench.Phone.Replug();
        await bench.RollbackAsync();
        bench.Contents().ShouldBe(bench.Original, ignoreOrder: true);
    }

    private static bool IsWrite(string command) =>
        !command.StartsWith("getvar:", StringComparison.Ordinal) && !command.StartsWith("download:", StringComparison.Ordinal);

    /// <summary>The protocol's form of a command line.</summary>
    private static string Sent(string command) => command.Split(' ')[3..] switch
    {
        ["flash", var partition, ..] => "flash:" + partition,
        ["set_active", var slot] => "set_active:" + slot,
        var words => string.Join(' ', words),
    };

    private static PhoneFault FaultOf(Random random, long bytes) => random.Next(5) switch
    {
        0 => new PhoneFault(PhoneFaultKind.CutWrite, random.Next(3), random.NextDouble()),
        1 => new PhoneFault(PhoneFaultKind.LoseAnswer, random.Next(4)),
        2 => new PhoneFault(PhoneFaultKind.Restart, random.Next(3), random.NextDouble()),
        _ => new PhoneFault(PhoneFaultKind.CutBytes, random.NextInt64(bytes)),
    };

    /// <summary>Whether it broke off; with a code that says so, and no other.</summary>
    private static async Task<bool> IsCutAsync(Func<Task> action)
    {
        try
        {
            await action();
            return false;
        }
        catch (DiagnosticException e)
        {
            e.Diagnostics.ShouldAllBe(finding => finding.Code == DiagnosticCodes.DeviceLost || finding.Code == DiagnosticCodes.JournalInvalid);
            return true;
        }
    }

    private static async Task RollBackWhatThereIsAsync(FlashBench bench)
    {
        while (bench.Backups.SessionsOf("demo", "PHONE1").Any(session => !session.IsRolledBack))
        {
            await bench.RollbackAsync();
            bench.Phone.Replug();
        }
    }
}
