using System.Text;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>Files that people take for archives: named as what they are, with what to do.</summary>
public sealed class RefusedArchives : IDisposable
{
    private readonly TestDevice _bench = new();

    public void Dispose() => _bench.Dispose();

    private async Task RefusedAsync(string name, byte[] content, string what, string fix)
    {
        var file = _bench.Files.Write(name, content);
        var finding = await Findings.OfAsync("KB1005", () => _bench.FetchAsync(ArchiveOracle.Spec(file)));
        finding.Message.ShouldContain(what);
        finding.Fix.ShouldContain(fix);
        File.Exists(_bench.LockFile).ShouldBeFalse();
    }

    [Theory]
    [InlineData("\n<!DOCTYPE html>\n<html><body>404</body></html>", "a web page", "the address of the file")]
    [InlineData("\u00ef\u00bb\u00bf<HTML><head>", "a web page", "the address of the file")]
    [InlineData("Rar!\u001a\u0007\u0001\u0000", "a RAR archive", "unpack it")]
    [InlineData("7z\u00bc\u00af'\u001c\u0000\u0004", "a 7-Zip archive", "unpack it")]
    [InlineData("PK\u0007\u0008PK\u0003\u0004", "a split zip archive", "zip -s 0")]
    [InlineData("\u001f\u009d\u0090xyz", "compress (.Z)", "gzip -dc")]
    [InlineData("!<arch>\ndebian-binary   1410122664", "a Debian package", "debian:PACKAGE")]
    [InlineData("diff --git a/Makefile b/Makefile", "a patch", "PatchSeries")]
    [InlineData("# v2 git bundle\n", "a git bundle", "git clone")]
    [InlineData("070701000000", "a cpio archive", "unpack it")]
    [InlineData("ANDROID!", "no tar or zip archive", "the archive of the kernel tree itself")]
    public Task By_their_first_bytes(string head, string what, string fix) =>
        RefusedAsync("linux.tar", [.. Encoding.Latin1.GetBytes(head), .. new byte[1000]], what, fix);

    [Fact]
    public Task One_part_of_a_split_archive() =>
        RefusedAsync("linux.zip.001", [.. "PK\u0003\u0004"u8, .. new byte[1000]], "one part of a split archive", "cat ");

    [Fact]
    public Task An_ISO_image()
    {
        var image = new byte[40_000];
        "\u0001CD001"u8.CopyTo(image.AsSpan(32768));
        return RefusedAsync("linux.iso", image, "an ISO image", "unpack it");
    }

    [Fact]
    public Task A_compressed_file_that_is_no_tar()
    {
        _bench.Files.Write("notes", new string('x', 5000));
        Oracle.Text(_bench.Files.Path, "gzip", "notes");
        return RefusedAsync("notes.tar.gz", File.ReadAllBytes(_bench["notes.gz"]), "no header", "damaged");
    }
}
