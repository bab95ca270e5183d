using System.Buffers;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.Compression.Codecs;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Pack;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Pack;

public sealed class StockBootImages : IDisposable
{
    private readonly TestDevice _bench = new();
    private readonly byte[] _kernel = new byte[50_000];

    public StockBootImages() => "ARM\x64"u8.CopyTo(_kernel.AsSpan(56));

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void The_new_kernel_is_in_and_what_the_project_does_not_say_stays()
    {
        var stock = BootImage.Create(new BootImageContents
        {
            HeaderVersion = 0,
            Kernel = Gzip.Compress(new byte[9000]),
            Ramdisk = new byte[] { 1, 2 },
            Second = new byte[] { 3 },
            CommandLine = "stock",
            Name = "board",
        });
        var file = Save("stock.img", Signed(stock.ToArray(), null));

        var packed = Pack(file, null, null);

        var image = packed.Boot!;
        Decompressor.TryDecompress(image.Kernel, out var data, out _).ShouldBeTrue();
        data!.Format.ShouldBe(CompressionFormat.Gzip);
        data.Content.ToArray().ShouldBe(_kernel);
        (image.CommandLine, image.Name, image.HeaderVersion).ShouldBe(("stock", "board", 0u));
        image.Second.ToArray().ShouldBe([3]);
        image.Ramdisk.ToArray().ShouldBe([1, 2]);
        packed.Bytes.Length.ShouldBe(1 << 20);
        ImageInspection.Of(packed, []).Verdict.Digest.State.ShouldBe(AnswerState.Good);
    }

    [Fact]
    public void With_the_key_it_is_signed_again()
    {
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        var keyFile = Save("key.pem", System.Text.Encoding.ASCII.GetBytes(rsa.ExportPkcs8PrivateKeyPem()));
        using var key = AvbPrivateKey.FromPem(File.ReadAllText(keyFile));
        var stock = BootImage.Create(new BootImageContents { HeaderVersion = 4, Kernel = new byte[9000] });

        var packed = Pack(Save("stock.img", Signed(stock.ToArray(), key)), keyFile, null);

        VbmetaSignature.Check(packed.Vbmeta!).ShouldBe(VbmetaSignatureState.Valid);
        ImageInspection.Of(packed, []).Verdict.Digest.State.ShouldBe(AnswerState.Good);
    }

    [Fact]
    public void A_stock_image_that_is_missing_or_too_small_is_an_error_with_its_name()
    {
        var missing = Should.Throw<DiagnosticException>(() => Pack(_bench["none.img"], null, null)).Diagnostics[0];
        missing.Code.ShouldBe(DiagnosticCodes.FileUnreadable);
        missing.File.ShouldBe(_bench["none.img"]);

        var file = Save(
            "stock.img", Signed(BootImage.Create(new BootImageContents { HeaderVersion = 4, Kernel = new byte[9000] }).ToArray(), null));
        var tooLarge = Should.Throw<DiagnosticException>(() => Pack(file, null, new byte[2 << 20])).Diagnostics[0];
        tooLarge.Code.ShouldBe(DiagnosticCodes.ImageLargerThanPartition);
        tooLarge.File.ShouldBe(file);
    }

    [Fact]
    public void The_vbmeta_image_chains_to_the_key_that_signed_anew_and_wants_a_signature()
    {
        var (old, now) = (Key("old.pem"), Key("new.pem"));
        using var oldKey = AvbPrivateKey.FromPem(File.ReadAllText(old));
        using var newKey = AvbPrivateKey.FromPem(File.ReadAllText(now));
        var boot = BootImage.Create(new BootImageContents { HeaderVersion = 4, Kernel = new byte[9000] }).ToArray();
        var vbmeta = Save("vbmeta.img", Padded(VbmetaWriter.Write(new VbmetaContents
        {
            Descriptors = [ChainPartitionDescriptor.Create("boot", 3, oldKey.PublicKey.ToArray())], RollbackIndex = 5,
        }.SignedWith(oldKey))));
        var device = _bench.Device("path:linux") with
        {
            StockBootImage = Save("stock.img", Signed(boot, oldKey)), BootImageKey = now, Vbmeta = new VbmetaRequest(vbmeta, now),
        };
        var images = new StockImages(device);
        var packed = images.Boot(_kernel, null, default).Bytes;

        var made = images.Vbmeta([(packed, "boot"), (packed, "dtbo")]);

        var file = ImageFile.Read(made.Bytes.ToArray());
        VbmetaSignature.Check(file.Vbmeta!).ShouldBe(VbmetaSignatureState.Valid);
        var chain = file.Vbmeta!.Descriptors.ShouldHaveSingleItem().ShouldBeOfType<ChainPartitionDescriptor>();
        chain.PublicKey.ToArray().ShouldBe(newKey.PublicKey.ToArray());
        (chain.RollbackIndexLocation, file.Vbmeta.Header.RollbackIndex).ShouldBe((3u, 5ul));
        made.Findings.ShouldContain(finding => finding.Message.Contains("signed with another key", StringComparison.Ordinal));
        LockCheck.Denied(Lock("vbmeta", made.Bytes), [Lock("boot", packed)]).ShouldBeEmpty();
        LockCheck.Denied(Lock("vbmeta", new(File.ReadAllBytes(vbmeta))), [Lock("boot", packed)]).ShouldHaveSingleItem();

        // an image that nobody signed, behind a chain
        var plain = new ReadOnlySequence<byte>(boot);
        var finding = Findings.Of(DiagnosticCodes.EditImpossible, () => images.Vbmeta([(plain, "boot")]));
        finding.Message.ShouldBe("boot is a chained partition and is not signed");
        finding.Fix.ShouldContain("<BootImageKey>");
    }

    private static LockImage Lock(string partition, ReadOnlySequence<byte> bytes) =>
        new(partition + ".img", partition, ImageFile.Read(bytes.ToArray()), []);

    private string Key(string name)
    {
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        return Save(name, System.Text.Encoding.ASCII.GetBytes(rsa.ExportPkcs8PrivateKeyPem()));
    }

    private static byte[] Padded(byte[] structure)
    {
        Array.Resize(ref structure, 64 << 10);
        return structure;
    }

    private ImageFile Pack(string stock, string? key, byte[]? kernel)
    {
        var device = _bench.Device("path:linux") with { StockBootImage = stock, BootImageKey = key };
        return ImageFile.Read(new StockImages(device).Boot(kernel ?? _kernel, null, default).Bytes.ToArray());
    }

    private string Save(string name, byte[] bytes)
    {
        File.WriteAllBytes(_bench[name], bytes);
        return _bench[name];
    }

    private static byte[] Signed(byte[] image, AvbPrivateKey? key) => HashFooter.Add(image, new HashFooterOptions
    {
        PartitionName = "boot",
        PartitionSize = 1 << 20,
        Salt = new byte[32],
        Vbmeta = new VbmetaContents { ReleaseString = "avbtool 1.3.0" }.SignedWith(key),
    }).ToArray();
}
