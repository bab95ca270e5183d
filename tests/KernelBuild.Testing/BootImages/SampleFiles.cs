using System.Buffers;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Compression.Codecs;

namespace KernelBuild.Testing.BootImages;

/// <summary>Small files of every kind that the library knows, by name.</summary>
public static class SampleFiles
{
    public static readonly byte[] Ramdisk = Gzip.Compress(CpioWriter.Write([
        RamdiskEntry.File("init", Samples.Random(9, 3000), (UnixFileMode)0x1ed), RamdiskEntry.Directory("proc"),
    ]));

    public static byte[] DeviceTree(int seed = 3, int size = 200)
    {
        // A header, a root node that begins and ends, and filling.
        var blob = Samples.Random(seed, size);
        blob.AsSpan(0, 80).Clear();
        foreach (var (offset, value) in new[]
        {
            (0, 0xd00dfeed),
            (4, (uint)size),
            (8, 56u),
            (12, 72u),
            (16, 40u),
            (20, 17u),
            (24, 16u),
            (32, 0u),
            (36, 16u),
            (56, 1u),
            (64, 2u),
            (68, 9u),
        })
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(offset), value);
        }

        return blob;
    }

    public static BootImageContents Contents(uint version) => Samples.Contents(version) with
    {
        Kernel = Samples.Kernel(40_000),
        Ramdisk = Ramdisk,
        Dtb = version == 2 ? DeviceTree() : default,
        Signature = default,
    };

    public static byte[] Boot(uint version) => BootImage.Create(Contents(version)).ToArray();

    public static byte[] VendorBoot(uint version) => VendorBootImage.Create(new VendorBootContents
    {
        HeaderVersion = version,
        Ramdisks = version == 3
            ? [new VendorRamdiskContents(Ramdisk)]
            : [new VendorRamdiskContents(Ramdisk), new VendorRamdiskContents(
                Gzip.Compress(CpioWriter.Write([RamdiskEntry.Directory("lib")])), 3, "dlkm"),
                new VendorRamdiskContents(Ramdisk, 2, "recovery")],
        Dtb = DeviceTree(),
        BootConfig = version == 4 ? "androidboot.hardware=virt\n"u8.ToArray() : default,
        CommandLine = "console=ttyAMA0 ",
        Name = "virt",
        PageSize = version == 3 ? 2048u : 4096u,
    }).ToArray();

    public static byte[] Dtbo(uint version) => DtboWriter.Write(new DtboContents
    {
        Version = version,
        Entries =
        [
            new DtboEntryContents(DeviceTree(3, 203), 1, 2), new DtboEntryContents(DeviceTree(4, 301), 5),
            new DtboEntryContents(DeviceTree(3, 203), 7, 8, 0, 9),
        ],
    });

    public static byte[] Vbmeta(int bits = 2048)
    {
        using var key = Keys.Read(bits);
        var bytes = VbmetaWriter.Write(new VbmetaContents
        {
            Descriptors =
            [
                ChainPartitionDescriptor.Create("vbmeta_system", 1, key.PublicKey.ToArray()),
                PropertyDescriptor.Create("a", "b"u8.ToArray()),
                KernelCommandLineDescriptor.Create("quiet"),
                HashDescriptor.Create("boot", "sha256", 0, default, AvbDigest.Compute("sha256", default, ReadOnlyMemory<byte>.Empty)),
            ],
            ReleaseString = "avbtool 1.3.0",
        }.SignedWith(key));
        Array.Resize(ref bytes, 8192);
        return bytes;
    }

    /// <summary>An image with AVB metadata; bits 0 stands for algorithm NONE.</summary>
    public static byte[] Footed(byte[] image, string partition, int bits = 2048, long? partitionSize = null)
    {
        using var key = bits == 0 ? null : Keys.Read(bits);
        return HashFooter.Add(image, new HashFooterOptions
        {
            PartitionName = partition,
            PartitionSize = partitionSize,
            Salt = Samples.Random(5, 32),
            Vbmeta = new VbmetaContents
            {
                ReleaseString = "avbtool 1.3.0",
                RollbackIndex = 7,
                Descriptors = [PropertyDescriptor.Create("a", "b"u8.ToArray())],
            }.SignedWith(key),
        }).ToArray();
    }

    /// <summary>A version 4 image with the certificate of a generic kernel in its new place.</summary>
    public static byte[] Certified()
    {
        using var key = Keys.Read(2048);
        var image = BootImage.Create(Contents(4) with { Ramdisk = default });
        var bytes = image.ToArray();
        return [.. bytes, .. GkiCertification.Append(bytes, image.Kernel, Certificates(key))];
    }

    private static Func<string, ReadOnlyMemory<byte>, byte[]> Certificates(AvbPrivateKey key) =>
        (name, image) => HashFooter.MakeVbmeta(image, new HashFooterOptions
        {
            PartitionName = name,
            Salt = GkiCertificate.Salt.ToArray(),
            Vbmeta = new VbmetaContents { ReleaseString = "avbtool 1.3.0" }.SignedWith(key),
        });

    /// <summary>All kinds, by name; each intact.</summary>
    public static IReadOnlyDictionary<string, Func<byte[]>> All { get; } = new Dictionary<string, Func<byte[]>>(StringComparer.Ordinal)
    {
        ["boot-v0"] = () => Boot(0),
        ["boot-v1"] = () => Boot(1),
        ["boot-v2"] = () => Boot(2),
        ["boot-v3"] = () => Boot(3),
        ["boot-v4"] = () => Boot(4),
        ["boot-v0-avb"] = () => Footed(Boot(0), "boot"),
        ["boot-v2-avb"] = () => Footed(Boot(2), "boot", 4096),
        ["boot-v4-avb"] = () => Footed(Boot(4), "boot", 2048, 1 << 20),
        ["init_boot-v4-none"] = () => Footed(BootImage.Create(Contents(4) with { Kernel = default }).ToArray(), "init_boot", 0),
        ["boot-v4-gki"] = () => Footed(Certified(), "boot"),
        ["boot-v4-gki-header"] = () => { using var key = Keys.Read(2048); return GkiCertification
            .InHeader(Contents(4), Certificates(key))
            .ToArray(); },
        ["vendor_boot-v3"] = () => VendorBoot(3),
        ["vendor_boot-v4"] = () => VendorBoot(4),
        ["vendor_boot-v4-avb"] = () => Footed(VendorBoot(4), "vendor_boot"),
        ["dtbo-v0"] = () => Dtbo(0),
        ["dtbo-v1-avb"] = () => Footed(Dtbo(1), "dtbo"),
        ["vbmeta"] = () => Vbmeta(),
        ["dhtb"] = VendorForms.Dhtb,
        ["qcdt"] = VendorForms.Qcdt,
        ["mtk"] = VendorForms.Mtk,
        ["pxa"] = VendorForms.Pxa,
        ["seandroid"] = () => [.. Boot(0), .. "SEANDROIDENFORCE"u8, .. new byte[60_000]],
        ["lg"] = () => [.. Boot(0), .. Convert.FromHexString("41a9e467744d1d1ba429f2ecea655279")],
        ["appended-dtb"] = () =>
            BootImage
                .Create(Contents(0) with { Kernel = (byte[])[.. Gzip.Compress(Samples.Kernel(40_000)), .. DeviceTree(), .. DeviceTree(4)] })
                .ToArray(),
        ["nexus9"] = () => [.. Samples.Random(8, 256), .. Boot(0)],
        ["chromeos"] = () => [.. "CHROMEOS"u8, .. new byte[65528], .. Boot(0)],
        ["tegra"] = () => [.. "-SIGNED-BY-SIGNBLOB-"u8, .. new byte[100], .. Boot(0)],
        ["amonet"] = () => [.. Samples.Random(8, 1024), .. Boot(0)],
        ["avb1"] = () => [.. Boot(0), .. VendorForms.Avb1],
    };
}
