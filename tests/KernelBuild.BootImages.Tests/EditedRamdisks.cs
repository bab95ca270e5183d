using System.Text;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests;

public sealed class EditedRamdisks : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cpio-").FullName;

    private static readonly byte[] Archive = CpioWriter.Write(
    [
        RamdiskEntry.File("init", Samples.Random(1, 501), (UnixFileMode)0x1ed),
        RamdiskEntry.File("zebra", Samples.Random(2, 77), 0),
        RamdiskEntry.SymbolicLink("bin/sh", "busybox"),
    ], modificationTime: 0xabcdef);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(501)]
    [InlineData(502)]
    [InlineData(50_000)]
    public void A_file_that_changes_leaves_every_other_field_as_it_was(int length)
    {
        byte[] two = [.. Archive, .. new byte[512], .. Archive];
        var content = Samples.Random(3, length);

        foreach (var original in new[] { Archive, two })
        {
            var before = CpioArchive.Read(original);
            var after = CpioArchive.Read(CpioEditor.Replace(original, "init", content));

            after.ArchiveCount.ShouldBe(before.ArchiveCount);
            after.Entries.Length.ShouldBe(before.Entries.Length);
            var changed = before.Entries.Select((e, i) => (e, i)).Last(pair => pair.e.Path == "init").i;
            for (var i = 0; i < after.Entries.Length; i++)
            {
                after.Entries[i].Data.ToArray().ShouldBe(i == changed ? content : before.Entries[i].Data.ToArray());
                Fields(after.Entries[i]).ShouldBe(Fields(before.Entries[i]));
            }
        }
    }

    [Fact]
    public void The_same_content_is_the_same_archive() => CpioEditor.Replace(Archive, "init", Samples.Random(1, 501)).ShouldBe(Archive);

    [FactWith("cpio")]
    public void Cpio_unpacks_what_was_put_in()
    {
        var content = Samples.Random(3, 12_345);
        Oracle.Output("cpio", ["-i", "--quiet", "--no-absolute-filenames"], CpioEditor.Replace(Archive, "init", content), _directory);

        File.ReadAllBytes(Path.Combine(_directory, "init")).ShouldBe(content);
        new FileInfo(Path.Combine(_directory, "zebra")).Length.ShouldBe(77);
    }

    [Fact]
    public void A_file_that_is_not_there_is_an_error() =>
        Should.Throw<DiagnosticException>(() => CpioEditor.Replace(Archive, "none", default)).Diagnostics[0].Code
            .ShouldBe(DiagnosticCodes.RamdiskEntryInvalid);

    private static string Fields(CpioEntry e) =>
        string.Join(
            ' ', Encoding.UTF8.GetString(e.Name.Span), e.Inode, e.Mode, e.UserId, e.GroupId, e.LinkCount, e.ModificationTime, e.DeviceMajor,
            e.DeviceMinor, e.RawDeviceMajor, e.RawDeviceMinor, e.Check);
}
