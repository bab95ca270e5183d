using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Flashing;

/// <summary>Images that are longer than max-download-size: the real fastboot sends them as several sparse images.</summary>
public sealed class LargeImages
{
    /// <summary>Hexadecimal as AOSP has it, decimal as bootloaders of Qualcomm's kind have it.</summary>
    [TheoryWith("fastboot")]
    [InlineData("0x10000")]
    [InlineData("65536")]
    public async Task They_arrive_byte_for_byte_and_go_back_byte_for_byte(string limit)
    {
        using var bench = new FlashBench();
        bench.Phone.Variables["max-download-size"] = limit;

        // beyond an image there is more than zeros, and within it runs of one byte, which a sparse image has as a number
        Samples.Random(5, 100_000).CopyTo(bench.Phone.Partitions["boot_b"], 900_000);
        bench.Files.Write("stock/boot.img", bench.Phone.Partitions["boot_b"].ToArray());
        var built = FlashBench.Image("boot", 90);
        bench.Built["boot"] = bench.Files.Write(
            "artifacts/demo/boot.img", [.. built, .. new byte[200_000], .. Enumerable.Repeat((byte)0x5a, 50_000), .. Samples.Random(6, 1234)]);
        bench.Remember();

        await bench.FlashAsync();

        bench.Phone.SparseWrites.ShouldBe(4);
        bench.Phone.Commands.Where(command => command.StartsWith("download:", StringComparison.Ordinal))
            .ShouldAllBe(command => Convert.ToInt32(command.Substring(9), 16) <= 65536);
        bench.Holds("boot_b", "boot").ShouldBeTrue();
        bench.Holds("vendor_boot_b", "vendor_boot").ShouldBeTrue();
        bench.Phone.Replug();
        await bench.RollbackAsync();
        bench.Contents().ShouldBe(bench.Original, ignoreOrder: true);
    }

    [FactWith("fastboot")]
    public async Task A_cut_between_two_pieces_is_taken_back()
    {
        using var bench = new FlashBench(companions: false);
        bench.Phone.Variables["max-download-size"] = "0x8000";
        bench.Phone.Expect(new PhoneFault(PhoneFaultKind.CutWrite, 2));

        await Findings.OfAsync(DiagnosticCodes.DeviceLost, () => bench.FlashAsync());

        bench.Phone.SparseWrites.ShouldBe(3);
        bench.Contents()["boot_b"].ShouldNotBe(bench.Original["boot_b"]);
        bench.Phone.Replug();
        await bench.RollbackAsync();
        bench.Contents().ShouldBe(bench.Original, ignoreOrder: true);
    }

    [FactWith("fastboot")]
    public async Task What_does_not_fit_into_memory_is_flashed_untried_and_that_is_said()
    {
        using var bench = new FlashBench(companions: false);
        bench.Phone.BootsTo = PhoneMode.System;
        bench.Phone.Variables["max-download-size"] = "0x10000";

        await bench.FlashAsync(bench.Options with { NoTrial = false });

        bench.Log.Findings.ShouldContain(
            finding => finding.Code == DiagnosticCodes.DownloadTooLarge && finding.Severity == DiagnosticSeverity.Warning);
        bench.Phone.Booted.ShouldBeNull();
        bench.Holds("boot_b", "boot").ShouldBeTrue();
    }

    [FactWith("fastboot")]
    public async Task A_limit_that_nobody_can_read_is_none()
    {
        using var bench = new FlashBench(companions: false);
        bench.Phone.Variables["max-download-size"] = "0xlots";

        await bench.FlashAsync();

        bench.Phone.SparseWrites.ShouldBe(0);
        bench.Holds("boot_b", "boot").ShouldBeTrue();
    }
}
