using System.Text.Json;
using KernelBuild.BootImages.Ramdisks;

namespace KernelBuild.Cli.Tests;

/// <summary>Archives one behind another, each compressed in its own way, as Linux unpacks them (buffer-format.rst).</summary>
public sealed class RamdisksOfSeveralArchives : IDisposable
{
    private readonly FieldFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte[] Archive(string name) => CpioWriter.Write(
        [RamdiskEntry.File(name, System.Text.Encoding.ASCII.GetBytes($"this is {name}\n"), (UnixFileMode)0x1a4)]);

    private static byte[] Packed(string program, byte[] content) => program switch
    {
        "none" => content,
        "lz4" => Oracle.Output("lz4", ["-l", "-12", "-c"], content),
        _ => Oracle.Output(program, ["-c"], content),
    };

    private string[] Names(string image)
    {
        using var document = JsonDocument.Parse(_folder.Run($"boot info --list --json {image}").Output);
        return [.. document.RootElement.GetProperty("files")[0].GetProperty("image").GetProperty("ramdisk").GetProperty("entries")
            .EnumerateArray().Select(entry => entry.GetProperty("path").GetString()!)];
    }

    [Fact]
    public void All_archives_of_the_image_from_the_field_are_listed_and_survive_an_edit()
    {
        const string image = "ramdisk-gzip-then-lz4.img";
        Names(image).ShouldBe(["first", "second"]);
        _folder.Run($"boot info {image}").Output.ShouldContain("in 2 cpio archives");
        _folder.Run($"boot unpack {image} --decompress -o new-folder").ExitCode.ShouldBe(0);
        var path = Path.Combine(_folder["new-folder"], "ramdisk");
        File.WriteAllBytes(path, CpioEditor.Replace(File.ReadAllBytes(path), "first", "changed\n"u8.ToArray()));
        var run = _folder.Run("boot pack new-folder -o new.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        Names("new.img").ShouldBe(["first", "second"]);
        _folder.Run("boot info new.img --list").Output.ShouldContain("lz4-legacy");
    }

    [TheoryWith("gzip", "lz4", "xz", "zstd", "bzip2", "mkbootimg")]
    [InlineData("gzip", "lz4")]
    [InlineData("none", "gzip")]
    [InlineData("gzip", "none")]
    [InlineData("none", "lz4")]
    [InlineData("xz", "gzip")]
    [InlineData("zstd", "lz4")]
    [InlineData("bzip2", "none")]
    [InlineData("gzip", "gzip")]
    [InlineData("lz4", "lz4")]
    public void Two_archives_in_any_two_forms_are_both_there_and_one_is_changed_without_the_other(string first, string second)
    {
        byte[] head = Packed(first, Archive("first")), tail = Packed(second, Archive("second"));
        byte[] ramdisk = [.. head, .. new byte[second == "none" ? (4 - (head.Length % 4)) % 4 : 0], .. tail];
        _folder.Write("ramdisk", ramdisk);
        Oracle.Output("mkbootimg", ["--kernel", "kernel-new", "--ramdisk", "ramdisk", "-o", "two.img"], directory: _folder.Path);
        Names("two.img").ShouldBe(["first", "second"]);
        _folder.Run("boot verify two.img").Output.ShouldNotContain("KB5012");

        _folder.Run("boot unpack two.img --decompress -o new-folder").ExitCode.ShouldBe(0);
        var files = Directory.GetFiles(_folder["new-folder"], "ramdisk*").Order(StringComparer.Ordinal).ToArray();
        files.Length.ShouldBe(first == second && first == "none" ? 1 : 2);
        File.WriteAllBytes(files[1], CpioEditor.Replace(File.ReadAllBytes(files[1]), "second", "another\n"u8.ToArray()));
        var run = _folder.Run("boot pack new-folder -o new.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        Names("new.img").ShouldBe(["first", "second"]);

        // the other one keeps its bytes, and cpio reads the changed one
        _folder.Run("boot unpack new.img -o new-stored").ExitCode.ShouldBe(0);
        File.ReadAllBytes(Path.Combine(_folder["new-stored"], "ramdisk"))[..head.Length].ShouldBe(head);
        _folder.Run("boot unpack new.img --decompress -o new-again").ExitCode.ShouldBe(0);
        var changed = Directory.GetFiles(_folder["new-again"], "ramdisk*").Order(StringComparer.Ordinal).Last();
        Oracle.Output("cpio", ["-i", "--to-stdout", "--quiet", "second"], File.ReadAllBytes(changed)).ShouldBe("another\n"u8.ToArray());
    }

    [FactWith("gzip", "lz4", "mkbootimg")]
    public void What_Linux_stumbles_over_is_said()
    {
        byte[] junk = [.. Packed("gzip", Archive("first")), .. "junk"u8];
        _folder.Write("ramdisk", junk);
        Oracle.Output("mkbootimg", ["--kernel", "kernel-new", "--ramdisk", "ramdisk", "-o", "junk.img"], directory: _folder.Path);
        _folder.Run("boot verify junk.img").Output.ShouldContain("warning KB5039: 4 bytes behind the archives of the ramdisk are none");

        byte[] direct = [.. Packed("lz4", Archive("first")), .. Packed("gzip", Archive("second"))];
        _folder.Write("ramdisk", direct);
        Oracle.Output("mkbootimg", ["--kernel", "kernel-new", "--ramdisk", "ramdisk", "-o", "direct.img"], directory: _folder.Path);
        Names("direct.img").ShouldBe(["first", "second"]);
        _folder.Run("boot verify direct.img").Output.ShouldContain("put four zero bytes between them");
    }

    [Fact]
    public void A_ramdisk_that_takes_the_place_of_several_is_a_warning()
    {
        var run = _folder.Run("boot set ramdisk-gzip-then-lz4.img --ramdisk small.cpio -o new.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("warning KB5039");
        run.Output.ShouldContain("(gzip, lz4-legacy)");
    }
}
