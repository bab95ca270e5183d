using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Diagnostics;
using KernelBuild.Flashing;
using KernelBuild.Host.Files;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Flashing;

/// <summary>The vbmeta.img that a phone keeps, and whether it would let a new image through.</summary>
public sealed class StockVbmetas
{
    [FactWith("fastboot")]
    public async Task What_the_phones_vbmeta_would_refuse_is_said_before_anything_is_written()
    {
        using var bench = new FlashBench();
        Keep(bench, Structure(bench, VbmetaFlags.None));

        await bench.FlashAsync(bench.Options with { Yes = false });

        var finding = bench.Log.Findings.Where(one => one.Code == DiagnosticCodes.StockVbmetaRefuses).ShouldHaveSingleItem();
        finding.Message.ShouldBe(
            "the vbmeta.img of the device does not vouch for the new boot.img: KB5019: the descriptor of boot covers 1048576 bytes, and the "
            + "image has 147456");
        finding.Severity.ShouldBe(DiagnosticSeverity.Warning);
        finding.Consequence.ShouldContain("an unlocked one boots it");
        finding.File.ShouldBe(bench.Built["boot"]);
    }

    [FactWith("fastboot")]
    public async Task Nothing_is_said_where_verification_is_off_and_where_the_image_is_the_one_that_it_names()
    {
        using var off = new FlashBench();
        Keep(off, Structure(off, VbmetaFlags.VerificationDisabled));
        await off.FlashAsync(off.Options with { Yes = false });
        off.Log.Findings.ShouldNotContain(one => one.Code == DiagnosticCodes.StockVbmetaRefuses);

        using var same = new FlashBench();
        same.Built["boot"] = same.Files.Write("artifacts/demo/boot.img", FlashBench.Image("boot", 25));
        var image = await File.ReadAllBytesAsync(same.Built["boot"], TestContext.Current.CancellationToken);
        Keep(same, VbmetaWriter.Write(new VbmetaContents { Descriptors = [Hash("boot", image)] }));
        await same.FlashAsync(same.Options with { Yes = false });
        same.Log.Findings.ShouldNotContain(one => one.Code == DiagnosticCodes.StockVbmetaRefuses);

        using var garbage = new FlashBench();
        Keep(garbage, new byte[4096]);
        await garbage.FlashAsync(garbage.Options with { Yes = false });
        garbage.Log.Findings.ShouldNotContain(one => one.Code == DiagnosticCodes.StockVbmetaRefuses);
        garbage.Log.Findings.ShouldContain(one => one.Message.Contains("is no vbmeta image", StringComparison.Ordinal));
    }

    [FactWith("fastboot")]
    public async Task A_vbmeta_partition_that_was_not_read_is_said_to_be_unknown_and_one_that_goes_along_is_the_judge()
    {
        const string unknown = "was not read off the device";
        using var none = new FlashBench();
        await none.FlashAsync(none.Options with { Yes = false });
        none.Log.Findings.ShouldNotContain(one => one.Message.Contains(unknown, StringComparison.Ordinal));

        using var bench = new FlashBench();
        (bench.Phone.Partitions["vbmeta_a"], bench.Phone.Partitions["vbmeta_b"]) = (new byte[64 << 10], new byte[64 << 10]);
        await bench.FlashAsync(bench.Options with { Yes = false });
        var note = bench.Log.Findings.Where(one => one.Message.Contains(unknown, StringComparison.Ordinal)).ShouldHaveSingleItem();
        note.Severity.ShouldBe(DiagnosticSeverity.Note);
        note.Fix.ShouldContain("./nuke.sh PullStock --device demo");

        using var along = new FlashBench();
        var kept = Structure(along, VbmetaFlags.None);
        (along.Phone.Partitions["vbmeta_a"], along.Phone.Partitions["vbmeta_b"]) = (kept, [.. kept]);
        Keep(along, kept);
        along.Remember();
        var image = await File.ReadAllBytesAsync(along.Built["boot"], TestContext.Current.CancellationToken);
        along.Built["vbmeta"] = along.Files.Write(
            "artifacts/demo/vbmeta.img", VbmetaWriter.Write(new VbmetaContents { Descriptors = [Hash("boot", image)] }));
        await along.FlashAsync();
        along.Log.Findings.ShouldNotContain(one => one.Code == DiagnosticCodes.StockVbmetaRefuses);
        along.Holds("vbmeta_b", "vbmeta").ShouldBeTrue();
        along.Phone.Replug();
        await along.RollbackAsync();
        along.Contents().ShouldBe(along.Original, ignoreOrder: true);
    }

    [Fact]
    public void On_a_locked_phone_it_is_an_error_and_a_chain_wants_a_signature()
    {
        using var bench = new FlashBench();
        var structure = VbmetaWriter.Write(new VbmetaContents
        {
            Descriptors = [ChainPartitionDescriptor.Create("boot", 1, AnyKey())],
        });
        var vbmeta = bench.Files.Write("vbmeta.img", structure);
        var image = FlashImages.Of(bench.Device, bench.Build).First(one => one.Partition == "boot");

        var finding = StockVbmetaCheck.Check([new FlashTarget(image, "boot_b", null, BackupSource.None, null)], vbmeta, isLocked: true, "demo")
            .ShouldHaveSingleItem();

        finding.Severity.ShouldBe(DiagnosticSeverity.Error);
        finding.Message.ShouldContain("it has no AVB metadata of its own");
    }

    /// <summary>A key of RSA 2048 as AVB stores it.</summary>
    private static byte[] AnyKey()
    {
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        return AvbPrivateKey.FromPem(rsa.ExportPkcs8PrivateKeyPem()).PublicKey.ToArray();
    }

    /// <summary>Names the boot image that the phone has, and nothing else that is flashed.</summary>
    private static byte[] Structure(FlashBench bench, VbmetaFlags flags) => VbmetaWriter.Write(new VbmetaContents
    {
        Descriptors = [Hash("boot", bench.Phone.Partitions["boot_b"])], Flags = flags,
    });

    private static HashDescriptor Hash(string partition, byte[] image) => HashDescriptor.Create(
        partition, "sha256", (ulong)image.Length, default, AvbDigest.Compute("sha256", default, (ReadOnlyMemory<byte>)image));

    /// <summary>As PullStock keeps it.</summary>
    private static void Keep(FlashBench bench, byte[] vbmeta)
    {
        var folder = Path.Combine(bench.Backups.Path, "demo");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "vbmeta_b.img"), vbmeta);
        new PulledImages(folder,
        [
            new PulledPartition("vbmeta_b", "vbmeta_b.img", Sha256Digest.Of(vbmeta), vbmeta.Length, "PHONE1", "demo/1", false, DateTime.UtcNow),
        ]).Save();
    }
}
