using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KernelBuild.BootImages.Avb1;
using KernelBuild.BootImages.Boot;
using KernelBuild.Compression.Codecs;

namespace KernelBuild.Testing.BootImages;

/// <summary>Forms that vendors made; put together here by their layouts, without the library's writers.</summary>
public static class VendorForms
{
    private static readonly Lazy<byte[]> _avb1 = new(() => Avb1Of(SampleFiles.Boot(0)));

    /// <summary>The signature of Android's first verified boot for <see cref="SampleFiles.Boot"/> of version 0; always the same.</summary>
    public static byte[] Avb1 => _avb1.Value;

    /// <summary>The signature of an image that ends with its last page.</summary>
    public static byte[] Avb1Of(byte[] image)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(File.ReadAllText(Keys.PathOf(2048)));
        var name = new X500DistinguishedName("CN=test");
        var request = new CertificateRequest(name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.Create(
            name, X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1), DateTimeOffset.UnixEpoch,
            DateTimeOffset.UnixEpoch.AddYears(70), [1]);
        using var key = Avb1Key.Read(File.ReadAllBytes(Keys.PathOf(2048)), certificate.RawData);
        return key.Sign(new ReadOnlySequence<byte>(image), "/boot");
    }

    public static byte[] Dhtb()
    {
        byte[] payload = [.. SampleFiles.Boot(0), .. "SEANDROIDENFORCE"u8, 0xff, 0xff, 0xff, 0xff];
        var header = new byte[512];
        "DHTB\u0001"u8.CopyTo(header);
        SHA256.HashData(payload).CopyTo(header, 8);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(48), (uint)payload.Length);
        return [.. header, .. payload];
    }

    /// <summary>Version 0 with the size of a QCDT table in the place of the version; the id covers the table.</summary>
    public static byte[] Qcdt()
    {
        var table = new byte[3000];
        "QCDT\u0002"u8.CopyTo(table);
        var contents = SampleFiles.Contents(0);
        var image = SampleFiles.Boot(0);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(40), (uint)table.Length);
        using var sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        foreach (var section in new[] { contents.Kernel, contents.Ramdisk, contents.Second, table })
        {
            sha1.AppendData(section.Span);
            sha1.AppendData(BitConverter.GetBytes(section.Length));
        }

        sha1.GetHashAndReset().CopyTo(image, 576);
        return [.. image, .. table, .. new byte[4096 - table.Length]];
    }

    public static byte[] Mtk()
    {
        var contents = SampleFiles.Contents(0);
        return BootImage
            .Create(
                contents with
                {
                    Kernel = MtkWrapped("KERNEL", Gzip.Compress(contents.Kernel)),
                    Ramdisk = MtkWrapped("ROOTFS", contents.Ramdisk.ToArray()),
                })
            .ToArray();
    }

    public static byte[] Pxa()
    {
        byte[][] sections = [Samples.Kernel(10_000), SampleFiles.Ramdisk, [], Samples.Random(4, 700)];
        var header = new byte[2048];
        "ANDROID!"u8.CopyTo(header);
        foreach (var (offset, value) in new[]
        {
            (8, sections[0].Length),
            (12, 0x10008000),
            (16, sections[1].Length),
            (20, 0x11000000),
            (24, 0),
            (28, 0x10f00000),
            (32, sections[3].Length),
            (36, 0x02800000),
            (40, 0x10000100),
            (44, 2048),
        })
        {
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(offset), value);
        }

        Encoding.ASCII.GetBytes("SRPNB").CopyTo(header, 48);
        Encoding.ASCII.GetBytes("console=ttyS1").CopyTo(header, 72);
        using var sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        foreach (var section in sections)
        {
            sha1.AppendData(section);
            sha1.AppendData(BitConverter.GetBytes(section.Length));
        }

        sha1.GetHashAndReset().CopyTo(header, 584);
        return [.. header, .. sections.SelectMany(s => s.Concat(new byte[(2048 - (s.Length % 2048)) % 2048]))];
    }

    private static byte[] MtkWrapped(string name, byte[] content)
    {
        var header = new byte[512];
        header.AsSpan().Fill(0xff);
        header[0] = 0x88;
        header[1] = 0x16;
        header[2] = 0x88;
        header[3] = 0x58;
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), content.Length);
        header.AsSpan(8, 32).Clear();
        Encoding.ASCII.GetBytes(name).CopyTo(header, 8);
        return [.. header, .. content];
    }
}
