using System.Buffers.Binary;
using System.Globalization;
using KernelBuild.BootImages.Boot;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests;

/// <summary>
/// The oracle is Debian's mkbootimg. Its version 29 has errors of its own in recovery_dtbo, in version 3 and in long command lines.
/// </summary>
public sealed class ImagesLikeMkbootimg : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("boot-images-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public static TheoryData<uint, uint, int, int, int, int> Matrix()
    {
        var matrix = new TheoryData<uint, uint, int, int, int, int>();
        for (uint version = 0; version <= 2; version++)
        {
            matrix.Add(version, 2048, 5000, 3000, 0, 0);
            matrix.Add(version, 4096, 4096, 0, 1, 511);
            matrix.Add(version, 8192, 1, 8193, 8192, 20);
            matrix.Add(version, 16384, 100_000, 16384, 16385, 510);
        }

        return matrix;
    }

    [TheoryWith("mkbootimg")]
    [MemberData(nameof(Matrix))]
    public void An_image_is_mkbootimgs_byte_for_byte(uint version, uint pageSize, int kernel, int ramdisk, int second, int commandLine)
    {
        var contents = Contents(version, pageSize, kernel, ramdisk, second, commandLine);

        BootImage.Create(contents).ToArray().ShouldBe(Mkbootimg(contents));
    }

    [TheoryWith("mkbootimg")]
    [MemberData(nameof(Matrix))]
    public void What_mkbootimg_made_is_read_without_a_finding_and_written_back(
        uint version, uint pageSize, int kernel, int ramdisk, int second, int commandLine)
    {
        var contents = Contents(version, pageSize, kernel, ramdisk, second, commandLine);
        var bytes = Mkbootimg(contents);

        BootImage.TryRead(bytes, out var image, out var diagnostics).ShouldBeTrue();

        diagnostics.ShouldBeEmpty();
        BootImageId.Check(image).ShouldBe(BootImageIdState.MatchesSha1);
        image.CommandLine.ShouldBe(contents.CommandLine);
        image.Kernel.ToArray().ShouldBe(contents.Kernel.ToArray());
        image.Dtb.ToArray().ShouldBe(contents.Dtb.ToArray());
        image.ToArray().ShouldBe(bytes);
    }

    [TheoryWith("mkbootimg")]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(1534)]
    public void A_long_command_line_is_read_the_same_whether_the_first_field_ends_with_a_NUL_or_not(int length)
    {
        var contents = Contents(0, 2048, 100, 100, 0, length);
        var theirs = Mkbootimg(contents);
        var ours = BootImage.Create(contents).ToArray();

        BootImage.Read(theirs).CommandLine.ShouldBe(contents.CommandLine);
        BootImage.Read(ours).CommandLine.ShouldBe(contents.CommandLine);
        ours[BootImageFields.CommandLine + 511].ShouldBe((byte)0);
        WithoutCommandLine(ours).ShouldBe(WithoutCommandLine(theirs));
    }

    [FactWith("mkbootimg")]
    public void A_version_3_image_is_mkbootimgs_but_for_its_wrong_header_size()
    {
        var contents = Samples.Contents(3);
        var theirs = Mkbootimg(contents);

        BootImage.TryRead(theirs, out _, out var diagnostics).ShouldBeTrue();
        diagnostics.Single().Message.ShouldContain("1596, expected 1580");
        BinaryPrimitives.WriteUInt32LittleEndian(theirs.AsSpan(BootImageFields.V3HeaderSize), BootImageFields.V3HeaderLength);
        BootImage.Create(contents).ToArray().ShouldBe(theirs);
    }

    private static byte[] WithoutCommandLine(byte[] image)
    {
        var copy = (byte[])image.Clone();
        copy.AsSpan(BootImageFields.CommandLine, BootImageFields.CommandLineLength).Clear();
        copy.AsSpan(BootImageFields.ExtraCommandLine, BootImageFields.ExtraCommandLineLength).Clear();
        return copy;
    }

    private static BootImageContents Contents(uint version, uint pageSize, int kernel, int ramdisk, int second, int commandLine) => new()
    {
        HeaderVersion = version,
        PageSize = pageSize,
        Kernel = Samples.Random(1, kernel),
        Ramdisk = Samples.Random(2, ramdisk),
        Second = Samples.Random(3, second),
        Dtb = version == 2 ? Samples.Random(4, pageSize == 2048 ? 1 : 5000) : default,
        CommandLine = string.Concat(Enumerable.Range(0, commandLine).Select(i => (char)('a' + (i % 26)))),
        Name = "board",
        OsVersion = OsVersion.Parse("11.2.127", "2021-12"),
        Addresses = BootAddresses.FromBase(0x8000_0000),
    };

    private byte[] Mkbootimg(BootImageContents contents)
    {
        List<string> arguments =
        [
            "--header_version", contents.HeaderVersion.ToString(CultureInfo.InvariantCulture),
            "--kernel", Save("kernel", contents.Kernel),
            "--cmdline", contents.CommandLine,
            "--os_version", contents.OsVersion.VersionText!,
            "--os_patch_level", contents.OsVersion.PatchLevelText!,
            "--base", "0x" + (contents.Addresses.Kernel - 0x8000).ToString("x", CultureInfo.InvariantCulture),
            "--output", Path.Combine(_directory, "boot.img"),
        ];
        if (contents.HeaderVersion < 3)
        {
            arguments.AddRange("--board", contents.Name, "--pagesize", contents.PageSize!.Value.ToString(CultureInfo.InvariantCulture));
        }

        foreach (var (option, content) in new[] { ("--ramdisk", contents.Ramdisk), ("--second", contents.Second), ("--dtb", contents.Dtb) })
        {
            if (!content.IsEmpty)
            {
                arguments.AddRange(option, Save(option[2..], content));
            }
        }

        Oracle.Output("mkbootimg", [.. arguments]);
        return File.ReadAllBytes(Path.Combine(_directory, "boot.img"));
    }

    private string Save(string name, ReadOnlyMemory<byte> content)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllBytes(path, content.Span);
        return path;
    }
}
