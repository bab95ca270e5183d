using System.Security.Cryptography;
using System.Text;
using KernelBuild.BootImages.Avb;
using KernelBuild.Testing;

namespace KernelBuild.Cli.Tests;

/// <summary>Keys that are encrypted, public or elsewhere; footers that are nested, double, unsigned, on files of any kind.</summary>
public sealed class KeysAndFooters : IDisposable
{
    private readonly FieldFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TheoryWith("openssl")]
    [InlineData("rsa -in chain.pem -aes256 -passout pass:secret -out new.pem")]
    [InlineData("rsa -in chain.pem -aes128 -traditional -passout pass:secret -out new.pem")]
    [InlineData("rsa -in chain.pem -des3 -traditional -passout pass:secret -out new.pem")]
    [InlineData("pkcs8 -topk8 -in chain.pem -v2 aes-256-cbc -passout pass:secret -out new.pem")]
    [InlineData("pkcs8 -topk8 -in chain.pem -v2 aes-256-cbc -scrypt -passout pass:secret -out new.pem")]
    [InlineData("pkcs8 -topk8 -in chain.pem -v2 camellia-128-cbc -scrypt -passout pass:secret -out new.pem")]
    [InlineData("pkcs8 -topk8 -in chain.pem -v2 camellia-256-cbc -passout pass:secret -out new.pem")]
    [InlineData("pkcs8 -topk8 -in chain.pem -v1 PBE-SHA1-3DES -passout pass:secret -out new.pem")]
    public void An_encrypted_key_signs_when_its_passphrase_is_given(string openssl)
    {
        _folder.Openssl(openssl);
        _folder.Write("pass", "secret\n"u8.ToArray());
        _folder.Write("wrong", "other\n"u8.ToArray());
        Done("avb sign boot.img --key chain.pem -o new-plain.img");
        Done("avb sign boot.img --key new.pem --passphrase-file pass -o new-signed.img");
        _folder.Bytes("new-signed.img").SequenceEqual(_folder.Bytes("new-plain.img")).ShouldBeTrue();
        Done("avb sign boot.img --key new.pem --passphrase-file wrong --passphrase-file pass -o new-signed.img");

        var run = _folder.Run("avb sign boot.img --key new.pem --passphrase-file wrong -o new-x.img");
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("KB5030");
        run = _folder.Run("avb sign boot.img --key new.pem -o new-x.img");
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("--passphrase-file");
    }

    /// <summary>Whatever a key says of its ciphers, hashes and lengths, it is opened or it is not.</summary>
    [TheoryWith("openssl")]
    [InlineData("-v2 aes-256-cbc -scrypt")]
    [InlineData("-v2 camellia-256-cbc")]
    public void A_damaged_encrypted_key_is_not_opened(string form)
    {
        _folder.Openssl($"pkcs8 -topk8 -in chain.pem {form} -passout pass:secret -out new.pem");
        var text = File.ReadAllText(_folder["new.pem"]);
        var der = Convert.FromBase64String(text[PemEncoding.Find(text).Base64Data]);
        for (var at = 0; at < 128; at++)
        {
            var damaged = der.ToArray();
            damaged[at] ^= at % 2 == 0 ? (byte)0xff : (byte)0x01;
            var key = PemEncoding.WriteString("ENCRYPTED PRIVATE KEY", damaged);
            if (!EncryptedKey.TryOpen(Encoding.ASCII.GetBytes(key), "secret", out var pem, out var error))
            {
                (pem, error.Code).ShouldBe((null, "KB5030"));
            }
        }
    }

    [FactWith("openssl", "bash")]
    public void A_signing_helper_signs_and_the_key_stays_where_it_is()
    {
        _folder.Write("helper", System.Text.Encoding.ASCII.GetBytes(
            $"#!/bin/bash\n[ \"$1\" = SHA256_RSA2048 ] || exit 3\nopenssl pkeyutl -decrypt -inkey {_folder["chain.pem"]} -pkeyopt rsa_padding_mode:none\n"));
        _folder.Write("helper-files", System.Text.Encoding.ASCII.GetBytes(
            $"#!/bin/bash\nopenssl pkeyutl -decrypt -inkey {_folder["chain.pem"]} -pkeyopt rsa_padding_mode:none -in \"$3\" -out \"$3.s\" && mv \"$3.s\" \"$3\"\n"));
        foreach (var name in new[] { "helper", "helper-files" })
        {
            File.SetUnixFileMode(_folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Done("avb sign boot.img --key chain.pem -o new-plain.img");
        Done("avb sign boot.img --key chain-public.pem --signing-helper helper -o new-signed.img");
        _folder.Bytes("new-signed.img").SequenceEqual(_folder.Bytes("new-plain.img")).ShouldBeTrue();
        Done("avb sign boot.img --key chain.avbpubkey --signing-helper-with-files helper-files -o new-signed.img");
        _folder.Bytes("new-signed.img").SequenceEqual(_folder.Bytes("new-plain.img")).ShouldBeTrue();
        Done(
            "avbtool make_vbmeta_image --output new-v.img --algorithm SHA256_RSA2048 --key chain-public.pem --prop a:b "
            + "--signing_helper_with_files helper-files");
        Done("avb verify new-v.img --key chain.pem");

        // a helper with another key, and one that fails
        var run = _folder.Run("avb sign boot.img --key other.avbpubkey --signing-helper helper -o new-x.img");
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("KB5030");
        _folder.Run("avb sign boot.img --key chain.avbpubkey --signing-helper /bin/false -o new-x.img").Errors.ShouldContain("KB5030");
    }

    [Fact]
    public void Any_file_gets_a_footer_also_an_unsigned_one_and_never_beyond_the_partition()
    {
        Done("avb sign hello.txt --algorithm NONE --partition hello --partition-size 131072 -o new.img");
        new FileInfo(_folder["new.img"]).Length.ShouldBe(131_072);
        _folder.Run("avbtool info_image --image new.img").Output.ShouldContain("Algorithm:                NONE");
        Done("avb strip new.img -o new-bare.img");
        _folder.Bytes("new-bare.img").ShouldBe(_folder.Bytes("hello.txt"));
        _folder.Run("avb sign boot.img --key chain.pem --partition-size 8192 -o new-x.img").Errors.ShouldContain("KB5025");
        File.Exists(_folder["new-x.img"]).ShouldBeFalse();
    }

    [Fact]
    public void A_footer_inside_of_a_dump_and_the_second_of_two_are_stripped()
    {
        var bare = Bare("boot.img");
        Done("avb strip footer-inside-dump.img -o new.img");
        _folder.Bytes("new.img").AsSpan()[.. 64].SequenceEqual(_folder.Bytes("footer-inside-dump.img").AsSpan()[.. 64]).ShouldBeTrue();

        Done("avbtool append_vbmeta_image --image hello.txt --vbmeta_image vbmeta.img --partition_size 131072");
        _folder.Write("double.img", [.. _folder.Bytes("boot.img"), .. new byte[4096 - 64], .. _folder.Bytes("boot.img")[^64..]]);
        Done("avb strip double.img -o new.img");
        _folder.Bytes("new.img").ShouldBe(bare);
    }

    [FactWith("veritysetup")]
    public void A_hash_tree_footer_is_what_dm_verity_computes()
    {
        var data = KernelBuild.Testing.BootImages.Samples.Random(3, 40 * 4096);
        _folder.Write("data.img", data);
        _folder.Write("signed.img", data);
        var run = _folder.Run(
            "avbtool add_hashtree_footer --image signed.img --partition_name system --partition_size 1048576 --salt d00df00d "
            + "--do_not_generate_fec --hash_algorithm sha256");
        run.ExitCode.ShouldBe(0, run.Errors);
        var theirs = Oracle.Text(
            _folder.Path, "veritysetup", "format", "--no-superblock", "--salt", "d00df00d", "--hash", "sha256", "data.img", "tree.bin");
        var root = theirs.Split('\n').First(line => line.StartsWith("Root hash", StringComparison.Ordinal)).Split(':')[1].Trim();
        _folder.Run("avbtool info_image --image signed.img").Output.ShouldContain(root);
        var tree = _folder.Bytes("tree.bin");
        _folder.Bytes("signed.img").AsSpan(data.Length, tree.Length).SequenceEqual(tree).ShouldBeTrue();
        Done("avb verify signed.img");
    }

    [FactWith("veritysetup")]
    public void The_codes_that_repair_a_partition_are_those_of_veritysetup()
    {
        var data = KernelBuild.Testing.BootImages.Samples.Random(4, 300 * 4096);
        _folder.Write("data.img", data);
        _folder.Write("signed.img", data);
        Done(
            "avbtool add_hashtree_footer --image signed.img --partition_name system --partition_size 2097152 --salt d00df00d "
            + "--hash_algorithm sha256");
        Oracle.Text(
            _folder.Path, "veritysetup", "format", "--no-superblock", "--salt", "d00df00d", "--hash", "sha256", "--fec-device", "fec.bin",
            "--fec-roots", "2", "data.img", "tree.bin");
        var codes = _folder.Bytes("fec.bin");
        var at = int.Parse(
            _folder.Run("avbtool info_image --image signed.img").Output.Split("FEC offset:")[1].Split('\n')[0].Trim(),
            System.Globalization.CultureInfo.InvariantCulture);
        _folder.Bytes("signed.img").AsSpan(at, codes.Length).SequenceEqual(codes).ShouldBeTrue();
    }

    private byte[] Bare(string image)
    {
        Done($"avb strip {image} -o new-b.img");
        return _folder.Bytes("new-b.img");
    }

    private void Done(string line)
    {
        var run = _folder.Run(line);
        run.ExitCode.ShouldBe(0, run.Errors + run.Output);
    }
}
