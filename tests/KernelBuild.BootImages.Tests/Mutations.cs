using System.Diagnostics;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.Verification;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Recognition;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests;

/// <summary>Whatever is thrown at a reader, it answers with a record or with coded errors, and in time.</summary>
public sealed class Mutations
{
    private const int Seed = 20240501;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(3);

    private static readonly ImageExpectation Nothing = new()
    {
        IsNew = true,
        Kernel = ExpectedContent.Absent,
        Ramdisk = ExpectedContent.Absent,
        Dtb = ExpectedContent.Absent,
    };

    private static readonly byte[] Archive = CpioWriter.Write(
    [
        RamdiskEntry.File("init", Samples.Compressible(1, 5000), (UnixFileMode)0x1ed),
        RamdiskEntry.SymbolicLink("bin/sh", "busybox"),
        RamdiskEntry.CharacterDevice("dev/console", 5, 1, (UnixFileMode)0x180),
    ]);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Of_images(uint version) => Mutate(
        BootImage.Create(Samples.Contents(version) with { Kernel = Samples.Random(1, 300), Ramdisk = Gzip.Compress(Archive) }).ToArray(),
        Budget / 3,
        bytes =>
        {
            if (BootImage.TryRead(bytes, out var image, out var diagnostics))
            {
                image.ToArray().AsSpan().SequenceEqual(bytes).ShouldBeTrue();
                BootImageId.Check(image);
                _ = image.CommandLine + image.Name + image.OsVersion.VersionText + image.OsVersion.PatchLevelText;
            }

            ImageProof.Check(bytes, Nothing, out _, maximumLength: 1 << 20).ShouldAllBe(d => IsCoded(d));
            return diagnostics;
        });

    [Fact]
    public void Of_gzip_streams() =>
        Mutate(Gzip.Compress(Archive), Budget, bytes => Gzip.TryDecompress(bytes, out _, out var error, 1 << 20) ? [] : [error]);

    [Fact]
    public void Of_lz4_streams() =>
        Mutate(Lz4Legacy.Compress(Archive), Budget, bytes => Lz4Legacy.TryDecompress(bytes, out _, out var error, 1 << 20) ? [] : [error]);

    [Fact]
    public void Of_cpio_archives() => Mutate(Archive, Budget, bytes =>
    {
        if (!CpioArchive.TryRead(bytes, out var archive, out var error))
        {
            return [error];
        }

        archive.Entries.ShouldAllBe(e => e.Path != null && e.Data.Length <= bytes.Length);
        return [];
    });

    [Fact]
    public void Of_kernels() => Mutate(Samples.Kernel(8192), Budget / 3, bytes =>
    {
        _ = Arm64Image.TryRead(bytes, out _);
        _ = LinuxBanner.Find(bytes);
        return [];
    });

    private static void Mutate(byte[] original, TimeSpan budget, Func<byte[], IReadOnlyList<Diagnostic>> read)
    {
        var random = new Random(Seed);
        var watch = Stopwatch.StartNew();
        var rounds = 0;
        while (watch.Elapsed < budget && rounds < 20_000)
        {
            rounds++;
            var bytes = Mutated(original, random);
            var started = watch.Elapsed;
            read(bytes).ShouldAllBe(d => IsCoded(d));
            (watch.Elapsed - started).ShouldBeLessThan(TimeSpan.FromSeconds(2), $"round {rounds}");
        }

        rounds.ShouldBeGreaterThan(50);
    }

    private static byte[] Mutated(byte[] original, Random random)
    {
        var bytes = original[..(random.Next(4) == 0 ? random.Next(original.Length + 1) : original.Length)];
        for (var change = random.Next(1, 6); change > 0 && bytes.Length > 0; change--)
        {
            // Headers are at the front: half of the changes go there.
            var at = random.Next(2) == 0 ? random.Next(Math.Min(bytes.Length, 128)) : random.Next(bytes.Length);
            switch (random.Next(3))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                default:
                    bytes.AsSpan(at, Math.Min(4, bytes.Length - at)).Fill((byte)(random.Next(2) * 0xff));
                    break;
            }
        }

        return bytes;
    }

    private static bool IsCoded(Diagnostic diagnostic) =>
        DiagnosticCodes.All.Contains(diagnostic.Code) && diagnostic.Message.Length > 0
            && diagnostic.Code.StartsWith("KB5", StringComparison.Ordinal);
}
