using System.Text;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Recognition;

namespace KernelBuild.Cli.Tests;

/// <summary>Small images with everything the command looks at.</summary>
internal static class SampleImages
{
    public static byte[] Kernel()
    {
        var kernel = new byte[100_000];
        Arm64Image.Magic.CopyTo(kernel.AsSpan(Arm64Image.MagicOffset));
        kernel[Arm64Image.FlagsOffset] = 0b1010;
        Encoding.ASCII.GetBytes("Linux version 6.1.0-test #1 SMP\n").CopyTo(kernel, 5000);
        return kernel;
    }

    public static BootImage Image(uint version) => BootImage.Create(new BootImageContents
    {
        HeaderVersion = version,
        Kernel = Gzip.Compress(Kernel()),
        Ramdisk = Lz4Legacy.Compress(CpioWriter.Write([RamdiskEntry.SymbolicLink("init", "/bin/sh"), RamdiskEntry.Directory("proc")])),
        CommandLine = "console=\"ttyAMA0\" ümlaut",
        Dtb = version == 2 ? new byte[100] : default,
        OsVersion = OsVersion.Parse("14", "2024-05"),
    });
}
