using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Text.Json;

namespace KernelBuild.Cli.Tests;

/// <summary>AVB 1: what openssl signs is accepted, and openssl accepts what is signed.</summary>
public sealed class ImagesOfAndroid5To7 : IDisposable
{
    private const string Signed = "avb1-signed.img";
    private readonly FieldFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void MakeKey(string name, bool isElliptic = false)
    {
        _folder.Openssl(isElliptic ? $"ecparam -name secp384r1 -genkey -noout -out {name}.pem" : $"genrsa -out {name}.pem 2048");
        _folder.Openssl($"req -new -x509 -key {name}.pem -subj /CN={name} -days 9000 -out {name}.crt");
    }

    /// <summary>Bytes of the image that are signed: header and sections, in pages.</summary>
    private static int Content(byte[] image)
    {
        int Word(int at) => BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(at));
        var page = Word(36);
        int Pages(int size) => (size + page - 1) / page * page;
        return page + Pages(Word(8)) + Pages(Word(16)) + Pages(Word(24));
    }

    /// <summary>Lets openssl check the signature behind an image, which is taken apart here by the documented structure.</summary>
    private (string Target, bool IsRight) Verify(byte[] image, string hash)
    {
        var length = Content(image);
        var sequence = new AsnReader(image.AsMemory(length), AsnEncodingRules.DER, new AsnReaderOptions { SkipSetSortOrderVerification = true })
            .ReadSequence();
        sequence.ReadInteger().ShouldBe(1);
        _folder.Write("certificate.der", sequence.ReadEncodedValue().ToArray());
        _ = sequence.ReadSequence();
        var attributes = sequence.PeekEncodedValue();
        var fields = sequence.ReadSequence();
        var target = fields.ReadCharacterString(UniversalTagNumber.PrintableString);
        fields.ReadInteger().ShouldBe(length);
        _folder.Write("signature.bin", sequence.ReadOctetString());
        _folder.Write("signed.bin", [.. image.AsSpan(0, length), .. attributes.Span]);
        _folder.Openssl("x509 -inform DER -in certificate.der -pubkey -noout -out public.pem");
        var (exitCode, _, _) = Oracle.Run(
            "openssl", ["dgst", hash, "-verify", "public.pem", "-signature", "signature.bin", "signed.bin"], directory: _folder.Path);
        return (target, exitCode == 0);
    }

    /// <summary>Lets openssl sign an image, and puts its signature behind it by the documented structure.</summary>
    private byte[] SignedByOpenssl(byte[] image, string key, string algorithm, string hash, string target)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.PrintableString, target);
            writer.WriteInteger(image.Length);
        }

        var attributes = writer.Encode();
        _folder.Write("signed.bin", [.. image, .. attributes]);
        _folder.Openssl($"dgst {hash} -sign {key}.pem -out signature.bin signed.bin");
        _folder.Openssl($"x509 -in {key}.crt -outform DER -out certificate.der");
        writer.Reset();
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteEncodedValue(_folder.Bytes("certificate.der"));
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(algorithm);
            }

            writer.WriteEncodedValue(attributes);
            writer.WriteOctetString(_folder.Bytes("signature.bin"));
        }

        return [.. image, .. writer.Encode()];
    }

    private byte[] Bare()
    {
        var image = _folder.Bytes("arm64-boot-v0.img");
        return image[..Content(image)];
    }

    [FactWith("openssl")]
    public void A_signature_is_named_verified_and_compared_with_a_key()
    {
        Verify(_folder.Bytes(Signed), "-sha256").ShouldBe(("/boot", true));
        var run = _folder.Run($"boot verify {Signed}");
        run.ExitCode.ShouldBe(0, run.Output);
        run.Output.ShouldContain("AVB 1, sha256WithRSAEncryption, valid, for /boot");
        run.Output.ShouldNotContain("no AVB metadata");

        _folder.Run($"boot verify {Signed} --key public.pem").ExitCode.ShouldBe(0);
        run = _folder.Run($"boot verify {Signed} --key chain-public.pem");
        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("KB5022");

        using var document = JsonDocument.Parse(_folder.Run($"boot info {Signed} --json").Output);
        var avb1 = document.RootElement.GetProperty("files")[0].GetProperty("avb1");
        avb1.GetProperty("target").GetString().ShouldBe("/boot");
        avb1.GetProperty("subject").GetString().ShouldBe("CN=a");
        var fingerprint = Oracle.Text(_folder.Path, "openssl", "x509", "-inform", "DER", "-in", "certificate.der", "-fingerprint", "-sha256", "-noout");
        avb1.GetProperty("certificate").GetString().ShouldBe(
            fingerprint[(fingerprint.IndexOf('=', StringComparison.Ordinal) + 1)..].Replace(":", "", StringComparison.Ordinal).ToLowerInvariant());
        _folder.Run($"avb info {Signed}").Output.ShouldContain("sha256WithRSAEncryption, for /boot");
    }

    [TheoryWith("openssl")]
    [InlineData(false, "1.2.840.113549.1.1.11", "-sha256")]
    [InlineData(false, "1.2.840.113549.1.1.5", "-sha1")]
    [InlineData(false, "1.2.840.113549.1.1.13", "-sha512")]
    [InlineData(true, "1.2.840.10045.4.3.3", "-sha384")]
    public void What_openssl_signs_is_accepted_and_a_changed_byte_is_not(bool isElliptic, string algorithm, string hash)
    {
        MakeKey("mine", isElliptic);
        var image = SignedByOpenssl(Bare(), "mine", algorithm, hash, "/recovery");
        _folder.Write("new-signed.img", image);
        var run = _folder.Run("boot verify new-signed.img");
        run.ExitCode.ShouldBe(0, run.Output);
        run.Output.ShouldContain(", valid, for /recovery");
        _folder.Run("boot verify new-signed.img --key mine.crt").ExitCode.ShouldBe(0);

        // in the command line, the kernel, and the signature itself
        foreach (var at in (int[])[100, 3000, image.Length - 10])
        {
            image[at] ^= 1;
            _folder.Write("new-changed.img", image);
            image[at] ^= 1;
            run = _folder.Run("boot verify new-changed.img");
            run.ExitCode.ShouldBe(1, $"byte {at}: {run.Output}");
            run.Output.ShouldContain("error KB5038");
        }
    }

    [FactWith("openssl")]
    public void An_edit_takes_a_signature_off_that_no_longer_holds_and_says_so()
    {
        var run = _folder.Run($"boot set {Signed} --cmdline quiet -o new.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("warning KB5038");
        run.Output.ShouldContain("removed");
        _folder.Run("boot regions new.img").Output.ShouldNotContain("avb1_signature");
        _folder.Run($"boot diff {Signed} new.img").Output.ShouldContain("the stock image has an AVB 1 signature, and the new one has none");

        // what changes nothing keeps it
        File.Copy(_folder[Signed], _folder["new-same.img"]);
        var commandLine = JsonDocument.Parse(_folder.Run($"boot info {Signed} --json").Output)
            .RootElement.GetProperty("files")[0].GetProperty("image").GetProperty("commandLine").GetString()!;
        CommandRun.Of("boot", "set", _folder["new-same.img"], "--cmdline", commandLine, "--in-place").ExitCode.ShouldBe(0);
        _folder.Bytes("new-same.img").ShouldBe(_folder.Bytes(Signed));
    }

    [TheoryWith("openssl")]
    [InlineData(false, "-sha256")]
    [InlineData(true, "-sha384")]
    public void An_image_is_signed_again_with_a_key_and_its_certificate(bool isElliptic, string hash)
    {
        MakeKey("mine", isElliptic);
        var run = _folder.Run($"boot set {Signed} --cmdline quiet --key mine.pem --cert mine.crt -o new-signed.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        Verify(_folder.Bytes("new-signed.img"), hash).ShouldBe(("/boot", true));
        _folder.Run("boot verify new-signed.img --key mine.crt").ExitCode.ShouldBe(0);

        run = _folder.Run($"boot diff {Signed} new-signed.img");
        run.Output.ShouldContain("warning KB5022");

        // then without --cert: the certificate that stands there is the key's
        run = _folder.Run("boot set new-signed.img --cmdline other --key mine.pem -o new-again.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        Verify(_folder.Bytes("new-again.img"), hash).IsRight.ShouldBeTrue();
    }

    [FactWith("openssl")]
    public void Signing_asks_for_the_certificate_of_the_key()
    {
        MakeKey("mine");
        MakeKey("other");
        foreach (var line in (string[])[
            $"boot set {Signed} --cmdline quiet --key mine.pem -o new.img", $"avb sign {Signed} --key mine.pem --cert other.crt -o new.img",
            $"avb sign {Signed} --key mine.crt --cert mine.crt -o new.img", $"avb sign {Signed} --key mine.pem --cert hello.txt -o new.img"])
        {
            var run = _folder.Run(line);
            run.ExitCode.ShouldBe(1, line);
            run.Errors.ShouldContain("error KB5030", customMessage: line);
            File.Exists(_folder["new.img"]).ShouldBeFalse();
        }

        _folder.Run($"boot set {Signed} --cmdline quiet --cert mine.crt -o new.img").ExitCode.ShouldBe(2);
        _folder.Run($"avb sign {Signed} --key mine.pem --cert mine.crt --salt aa -o new.img").ExitCode.ShouldBe(2);
        _folder.Run("boot set arm64-boot-v0.img --cmdline quiet --key mine.pem --cert mine.crt -o new.img").Errors.ShouldContain("error KB5038");
        _folder.Run("avb sign vbmeta.img --key mine.pem --cert mine.crt -o new.img").Errors.ShouldContain("error KB5038");
    }

    [FactWith("openssl")]
    public void An_image_without_a_signature_gets_one_and_loses_it_again()
    {
        MakeKey("mine");
        _folder.Openssl("pkcs8 -topk8 -nocrypt -in mine.pem -outform DER -out mine.pk8");
        _folder.Openssl("x509 -in mine.crt -outform DER -out mine.der");
        _folder.Write("bare.img", Bare());
        var run = _folder.Run("avb sign bare.img --key mine.pk8 --cert mine.der --partition recovery -o new-signed.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        Verify(_folder.Bytes("new-signed.img"), "-sha256").ShouldBe(("/recovery", true));

        _folder.Run("avb strip new-signed.img -o new-bare.img").ExitCode.ShouldBe(0);
        _folder.Bytes("new-bare.img").ShouldBe(Bare());
        _folder.Run("avb strip new-bare.img -o new.img").Errors.ShouldContain("error KB5016");
    }

    [FactWith("openssl")]
    public void A_signature_of_another_length_or_of_another_partition_is_said()
    {
        MakeKey("mine");
        var image = SignedByOpenssl(Bare(), "mine", "1.2.840.113549.1.1.11", "-sha256", "/recovery");
        _folder.Write("new-boot.img", image);
        _folder.Run("boot verify new-boot.img").Output.ShouldContain("warning KB5038: the AVB 1 signature is for /recovery");

        byte[] longer = [.. image.AsSpan(0, Content(image)), .. image.AsSpan(Content(image))];
        BinaryPrimitives.WriteInt32LittleEndian(longer.AsSpan(16), 0);
        _folder.Write("new-other.img", longer);
        _folder.Run("boot verify new-other.img").ExitCode.ShouldBe(1);
    }
}
