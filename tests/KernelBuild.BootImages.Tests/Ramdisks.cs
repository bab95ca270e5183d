using System.Text;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests;

public sealed class Ramdisks
{
    private const UnixFileMode Executable = (UnixFileMode)0x1ed;
    private const UnixFileMode Private = (UnixFileMode)0x180;

    private static readonly RamdiskEntry[] Entries =
    [
        RamdiskEntry.File("init", Samples.Random(1, 1001), Executable),
        RamdiskEntry.CharacterDevice("dev/console", 5, 1, Private),
        RamdiskEntry.BlockDevice("dev/vda", 254, 0, Private),
        RamdiskEntry.SymbolicLink("bin/sh", "/bin/busybox"),
        RamdiskEntry.File("bin/busybox", Samples.Random(2, 4096), Executable),
        RamdiskEntry.File("bin-extra", ReadOnlyMemory<byte>.Empty, Private),
        RamdiskEntry.Directory("proc"),
        RamdiskEntry.File("lib/modules/6.1/ä.ko", Samples.Random(3, 77), Private),
    ];

    [FactWith("cpio")]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void An_archive_is_cpios_byte_for_byte()
    {
        var directory = Directory.CreateTempSubdirectory("ramdisk-").FullName;
        try
        {
            // Device nodes need root; the next test has them.
            var entries = Entries.Where(entry => entry.DeviceMajor == 0).ToArray();
            foreach (var entry in entries)
            {
                var path = Path.Combine(directory, entry.Path);
                Directory.CreateDirectory(entry.Type == FileType.Directory ? path : Path.GetDirectoryName(path)!);
                switch (entry.Type)
                {
                    case FileType.RegularFile:
                        File.WriteAllBytes(path, entry.Data.Span);
                        File.SetUnixFileMode(path, entry.Permissions);
                        break;
                    case FileType.SymbolicLink:
                        File.CreateSymbolicLink(path, entry.LinkTargetForTest());
                        break;
                }
            }

            var script =
                "find . -mindepth 1 -type d -exec chmod 755 {} + ; find . -exec touch -h -d @1000 {} + ; find . -mindepth 1 -printf "
                + "'%P\\n' | sort | cpio -o -H newc --quiet --reproducible -R 0:0";
            var theirs = Oracle.Output("sh", ["-c", script], directory: directory);

            CpioWriter.Write(entries, modificationTime: 1000).ShouldBe(WithLinkCountsOf(entries, theirs));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [FactWith("cpio")]
    public void Cpio_lists_what_was_put_in()
    {
        var listing = Encoding.UTF8.GetString(Oracle.Output("cpio", ["-itvn", "--quiet"], CpioWriter.Write(Entries)));

        listing.ShouldContain("drwxr-xr-x   2 0        0               0 Jan  1  1970 bin\n");
        listing.ShouldContain("lrwxrwxrwx   1 0        0              12 Jan  1  1970 bin/sh -> /bin/busybox");
        listing.ShouldContain("crw-------   1 0        0          5,   1 Jan  1  1970 dev/console");
        listing.ShouldContain("brw-------   1 0        0        254,   0 Jan  1  1970 dev/vda");
        listing.ShouldContain("-rwxr-xr-x   1 0        0            1001 Jan  1  1970 init");
        listing.ShouldContain("drwxr-xr-x   3 0        0               0 Jan  1  1970 lib\n");
        listing.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(Entries.Length + 5);
    }

    [Fact]
    public void The_order_of_the_entries_does_not_matter() =>
        CpioWriter.Write(Entries.Reverse()).ShouldBe(CpioWriter.Write(Entries));

    [Fact]
    public void What_is_written_is_read_again()
    {
        var archive = CpioArchive.Read(CpioWriter.Write(Entries, 42));

        archive.ArchiveCount.ShouldBe(1);
        archive.Entries.Select(e => e.Path).ShouldBe(
            [
                "bin", "bin-extra", "bin/busybox", "bin/sh", "dev", "dev/console", "dev/vda", "init", "lib", "lib/modules",
                "lib/modules/6.1", "lib/modules/6.1/ä.ko", "proc",
            ]);
        archive.Entries.Select(e => e.Inode).ShouldBe(Enumerable.Range(0, 13).Select(i => (uint)i));
        archive.Entries.ShouldAllBe(e => e.ModificationTime == 42 && e.UserId == 0 && e.GroupId == 0);
        archive.Entries[3].LinkTarget.ShouldBe("/bin/busybox");
        archive.Entries[7].Data.ToArray().ShouldBe(Entries[0].Data.ToArray());
        archive.Entries[7].Permissions.ShouldBe(Executable);
        (archive.Entries[6].Type, archive.Entries[6].RawDeviceMajor).ShouldBe((FileType.BlockDevice, 254u));
    }

    [Fact]
    public void Archives_one_after_another_are_read_with_zeros_between()
    {
        var archive = CpioWriter.Write(Entries);

        var read = CpioArchive.Read((byte[])[.. archive, .. new byte[1024], .. archive, .. new byte[7]]);

        read.ArchiveCount.ShouldBe(2);
        read.Entries.Length.ShouldBe(26);
    }

    [Theory]
    [InlineData("/init")]
    [InlineData("")]
    [InlineData("a/../b")]
    [InlineData("..")]
    [InlineData("./a")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a\0b")]
    [InlineData("TRAILER!!!")]
    [InlineData("init")]
    [InlineData("init/below-a-file")]
    public void An_entry_with_an_impossible_path_is_refused(string path)
    {
        var error = Should.Throw<DiagnosticException>(() => CpioWriter.Write([.. Entries, RamdiskEntry.Directory(path)]));

        error.Diagnostics.ShouldAllBe(d => d.Code == DiagnosticCodes.RamdiskEntryInvalid);
    }

    [Fact]
    public void A_link_to_nowhere_at_all_is_refused() =>
        Should.Throw<DiagnosticException>(() => CpioWriter.Write([RamdiskEntry.SymbolicLink("a", "")]));

    [Fact]
    public void An_archive_cut_anywhere_is_an_error()
    {
        var bytes = CpioWriter.Write(Entries);
        var end = bytes.AsSpan().IndexOf("TRAILER!!!\0"u8) + 11;
        for (var length = 0; length < end; length++)
        {
            CpioArchive.TryRead(bytes.AsMemory(0, length), out _, out var error).ShouldBeFalse($"cut at {length}");
            error.Code.ShouldBe(DiagnosticCodes.CpioInvalid);
        }

        CpioArchive.TryRead(bytes.AsMemory(0, end), out _, out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0, "magic")]
    [InlineData(CpioFormat.Mode, "eight hexadecimal digits")]
    [InlineData(CpioFormat.FileSize, "cut short")]
    [InlineData(CpioFormat.NameSize, "a name of")]
    [InlineData(CpioFormat.HeaderLength + 3, "its only NUL")]
    public void A_damaged_header_is_an_error(int offset, string message)
    {
        var bytes = CpioWriter.Write(Entries);
        bytes[offset] = offset is CpioFormat.FileSize or CpioFormat.NameSize ? (byte)'F' : (byte)'x';

        CpioArchive.TryRead(bytes, out _, out var error).ShouldBeFalse();

        error.Message.ShouldContain(message);
    }

    [FactWith("cpio")]
    public void The_sum_of_a_crc_archive_is_checked()
    {
        var directory = Directory.CreateTempSubdirectory("ramdisk-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(directory, "file"), Samples.Random(5, 1000));
            var bytes = Oracle.Output("cpio", ["-o", "-H", "crc", "--quiet"], "file\n"u8.ToArray(), directory);

            CpioArchive.TryRead(bytes, out _, out _).ShouldBeTrue();
            bytes[500] ^= 1;
            CpioArchive.TryRead(bytes, out _, out var error).ShouldBeFalse();
            error.Message.ShouldContain("sum");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void More_entries_than_the_limit_are_an_error()
    {
        CpioArchive.TryRead(CpioWriter.Write(Entries), out _, out var error, new CpioLimits(Entries: 12)).ShouldBeFalse();
        error.Message.ShouldContain("more than 12 entries");
    }

    /// <summary>
    /// File systems disagree on the link count of directories (1 on btrfs and overlayfs); ours is that of ext4 and tmpfs.
    /// </summary>
    private static byte[] WithLinkCountsOf(RamdiskEntry[] entries, byte[] theirs)
    {
        var ours = CpioArchive.Read(CpioWriter.Write(entries, 1000)).Entries;
        var copy = (byte[])theirs.Clone();
        foreach (var (their, our) in CpioArchive.Read(theirs).Entries.Zip(ours))
        {
            if (their.Type == FileType.Directory)
            {
                Encoding.ASCII
                    .GetBytes(our.LinkCount.ToString("X8", System.Globalization.CultureInfo.InvariantCulture))
                    .CopyTo(copy, their.Offset + CpioFormat.LinkCount);
            }
        }

        return copy;
    }
}

file static class RamdiskEntryExtensions
{
    public static string LinkTargetForTest(this RamdiskEntry entry) => Encoding.UTF8.GetString(entry.Data.Span);
}
