using System.Numerics;
using System.Text;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests.Avb;

/// <summary>The oracle is openssl.</summary>
public sealed class Signatures : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("avb-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public static TheoryData<string> Algorithms() => [.. AvbAlgorithm.All.Where(a => a.IsRsa).Select(a => a.Name)];

    [TheoryWith("openssl")]
    [MemberData(nameof(Algorithms))]
    public void A_signature_is_accepted_by_openssl_and_by_us_and_no_longer_when_a_byte_changes(string name)
    {
        var algorithm = AvbAlgorithm.Find(name)!;
        using var key = Keys.Read(algorithm.KeyBits);
        var bytes = VbmetaWriter.Write(Contents().SignedWith(key, algorithm));
        var vbmeta = Vbmeta.Read(bytes);

        VbmetaSignature.Check(vbmeta).ShouldBe(VbmetaSignatureState.Valid);
        OpensslAccepts(vbmeta, key, algorithm).ShouldBeTrue();

        foreach (var (offset, state) in new[]
        {
            (VbmetaFields.RollbackIndex, VbmetaSignatureState.HashDiffers),
            (VbmetaFields.HeaderLength, VbmetaSignatureState.HashDiffers),
            (VbmetaFields.HeaderLength + algorithm.HashLength + 5, VbmetaSignatureState.SignatureDiffers),
        })
        {
            var damaged = (byte[])bytes.Clone();
            damaged[offset] ^= 1;
            VbmetaSignature.Check(Vbmeta.Read(damaged)).ShouldBe(state, $"byte {offset}");
        }
    }

    [TheoryWith("openssl")]
    [MemberData(nameof(Algorithms))]
    public void A_signature_that_openssl_made_is_accepted(string name)
    {
        var algorithm = AvbAlgorithm.Find(name)!;
        using var key = Keys.Read(algorithm.KeyBits);
        var bytes = VbmetaWriter.Write(Contents().SignedWith(key, algorithm));
        var vbmeta = Vbmeta.Read(bytes);

        File.WriteAllBytes(Path.Combine(_directory, "data"), [.. vbmeta.HeaderBytes.Span, .. vbmeta.AuxiliaryBlock.Span]);
        var theirs = Oracle.Output(
            "openssl", ["dgst", Digest(algorithm), "-sign", Keys.PathOf(algorithm.KeyBits), Path.Combine(_directory, "data")]);

        vbmeta.Signature.ToArray().ShouldBe(theirs);
    }

    [TheoryWith("openssl")]
    [InlineData(2048)]
    [InlineData(4096)]
    [InlineData(8192)]
    public void The_public_key_has_the_modulus_that_openssl_says_and_the_numbers_that_follow_from_it(int bits)
    {
        using var key = Keys.Read(bits);
        var modulus = Encoding.ASCII
            .GetString(Oracle.Output("openssl", ["rsa", "-in", Keys.PathOf(bits), "-noout", "-modulus"]))
            .Trim()["Modulus=".Length..];

        Convert.ToHexString(key.PublicKey.Modulus.Span).ShouldBe(modulus);
        var n = new BigInteger(key.PublicKey.Modulus.Span, isUnsigned: true, isBigEndian: true);
        (n * key.PublicKey.N0Inverse % (BigInteger.One << 32)).ShouldBe((BigInteger.One << 32) - 1);
        new BigInteger(key.PublicKey.RSquared.Span, isUnsigned: true, isBigEndian: true).ShouldBe((BigInteger.One << (2 * bits)) % n);
    }

    [TheoryWith("cuttlefish-init_boot-v4.img.xz", "coral-vbmeta.img.xz", "coral-vbmeta_system.img.xz", "xz")]
    [InlineData("cuttlefish-init_boot-v4.img.xz")]
    [InlineData("coral-vbmeta.img.xz")]
    [InlineData("coral-vbmeta_system.img.xz")]
    public void The_public_key_of_a_real_image_is_what_we_make_of_its_modulus(string name)
    {
        var vbmeta = KernelBuild.BootImages.Files.ImageFile.Read(Cases.Unpack(name)).Vbmeta!;
        AvbPublicKey.TryRead(vbmeta.PublicKey, out var key).ShouldBeTrue();

        AvbPublicKey.FromModulus(key.Modulus.Span).ToArray().ShouldBe(vbmeta.PublicKey.ToArray());
        key.IsConsistent().ShouldBeTrue();
        VbmetaSignature.Check(vbmeta).ShouldBe(VbmetaSignatureState.Valid);
    }

    [Fact]
    public void A_key_whose_helping_numbers_are_wrong_is_not_accepted()
    {
        using var key = Keys.Read(2048);
        var vbmeta = Vbmeta.Read(VbmetaWriter.Write(Contents().SignedWith(key)));
        AvbPublicKey.TryRead(vbmeta.PublicKey, out var good).ShouldBeTrue();

        good.IsConsistent().ShouldBeTrue();
        (good with { N0Inverse = good.N0Inverse ^ 1 }).IsConsistent().ShouldBeFalse();
        var rSquared = good.RSquared.ToArray();
        rSquared[17] ^= 1;
        (good with { RSquared = rSquared }).IsConsistent().ShouldBeFalse();
        (good with { Modulus = new byte[256] }).IsConsistent().ShouldBeFalse();
    }

    [Fact]
    public void A_key_of_another_size_and_one_that_is_none_are_refused()
    {
        using var key = Keys.Read(2048);
        Should.Throw<DiagnosticException>(() => VbmetaWriter.Write(Contents().SignedWith(key, AvbAlgorithm.Find("SHA256_RSA4096"))))
            .Diagnostics[0].Code.ShouldBe(DiagnosticCodes.AvbKeyInvalid);
        Should.Throw<DiagnosticException>(() => VbmetaWriter.Write(Contents() with { Algorithm = AvbAlgorithm.Find("MLDSA65")! }))
            .Diagnostics[0].Code.ShouldBe(DiagnosticCodes.AvbKeyInvalid);
        Should.Throw<DiagnosticException>(() => AvbPrivateKey.FromPem("no key")).Diagnostics[0].Code
            .ShouldBe(DiagnosticCodes.AvbKeyInvalid);
        Should.Throw<DiagnosticException>(() => AvbPrivateKey.FromPem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"))
            .Diagnostics[0].Code.ShouldBe(DiagnosticCodes.AvbKeyInvalid);
    }

    private static VbmetaContents Contents() => new()
    {
        Descriptors =
        [
            PropertyDescriptor.Create("com.android.build.boot.os_version", "14"u8.ToArray()),
            HashDescriptor.Create("boot", "sha256", 5000, Samples.Random(1, 32), Samples.Random(2, 32)),
        ],
        RollbackIndex = 1_700_000_000,
        ReleaseString = "avbtool 1.3.0",
    };

    private bool OpensslAccepts(Vbmeta vbmeta, AvbPrivateKey key, AvbAlgorithm algorithm)
    {
        var publicKey = Path.Combine(_directory, "public.pem");
        var data = Path.Combine(_directory, "data");
        var signature = Path.Combine(_directory, "signature");
        File.WriteAllBytes(publicKey, Oracle.Output("openssl", ["rsa", "-in", Keys.PathOf(key.Bits), "-pubout"]));
        File.WriteAllBytes(data, [.. vbmeta.HeaderBytes.Span, .. vbmeta.AuxiliaryBlock.Span]);
        File.WriteAllBytes(signature, vbmeta.Signature.ToArray());
        return Oracle.Run("openssl", ["dgst", Digest(algorithm), "-verify", publicKey, "-signature", signature, data]).ExitCode == 0;
    }

    private static string Digest(AvbAlgorithm algorithm) => algorithm.HashLength == 32 ? "-sha256" : "-sha512";
}
