using System.Text;
using KernelBuild.BootImages.Boot;
using KernelBuild.Compression.Recognition;

namespace KernelBuild.Testing.BootImages;

/// <summary>Contents that look like what they stand for, made from seeds.</summary>
public static class Samples
{
    public static byte[] Random(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Bytes with the repetitions that code and text have.</summary>
    public static byte[] Compressible(int seed, int length)
    {
        var random = new Random(seed);
        var words = Enumerable.Range(0, 200).Select(_ => Random(random.Next(), random.Next(3, 40))).ToArray();
        var bytes = new byte[length];
        for (var at = 0; at < length;)
        {
            var word = words[random.Next(words.Length)];
            var count = Math.Min(word.Length, length - at);
            word.AsSpan(0, count).CopyTo(bytes.AsSpan(at));
            at += count;
        }

        return bytes;
    }

    /// <summary>An arm64 Image with a banner.</summary>
    public static byte[] Kernel(int length = 300_000)
    {
        var kernel = Compressible(7, length);
        kernel.AsSpan(0, Arm64Image.HeaderLength).Clear();
        Arm64Image.Magic.CopyTo(kernel.AsSpan(Arm64Image.MagicOffset));
        kernel[Arm64Image.ImageSizeOffset + 2] = 0x10;
        kernel[Arm64Image.FlagsOffset] = 0b1010;
        Encoding.ASCII.GetBytes("Linux version %s (%s)\0Linux version 6.1.0-test (builder@host) (clang) #1 SMP\n\0").CopyTo(kernel, 4096);
        return kernel;
    }

    public static BootImageContents Contents(uint version) => new()
    {
        HeaderVersion = version,
        Kernel = Random(1, 5000),
        Ramdisk = Random(2, 3000),
        Second = version < 3 ? Random(3, 2048) : default,
        RecoveryDtbo = version is 1 or 2 ? Random(4, 100) : default,
        Dtb = version == 2 ? Random(5, 4097) : default,
        Signature = version == 4 ? Random(6, 4096) : default,
        CommandLine = "console=ttyAMA0 quiet",
        Name = version < 3 ? "virt" : "",
        OsVersion = OsVersion.Parse("14.0.0", "2024-05"),
    };
}
