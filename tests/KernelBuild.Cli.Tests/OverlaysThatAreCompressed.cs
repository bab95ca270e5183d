using System.Text.Json.Nodes;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.Compression.Codecs;

namespace KernelBuild.Cli.Tests;

/// <summary>Overlays of version 1 tables, zlib's by Python's zlib, which AOSP's mkdtboimg.py is written with.</summary>
public sealed class OverlaysThatAreCompressed : IDisposable
{
    private const string Image = "dtbo-v1-compressed.img";
    private readonly FieldFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte[] Python(string expression, byte[] input) =>
        Oracle.Output("python3", ["-c", $"import sys,zlib;d=sys.stdin.buffer.read();sys.stdout.buffer.write({expression})"], input);

    [FactWith("python3")]
    public void Overlays_are_unpacked_as_trees_and_packed_as_their_flags_say()
    {
        var before = DtboImage.Read(_folder.Bytes(Image));
        _folder.Run($"dtbo unpack {Image} -o new-folder").ExitCode.ShouldBe(0);
        foreach (var file in Directory.GetFiles(_folder["new-folder"], "*.dtbo"))
        {
            File.ReadAllBytes(file)[..4].ShouldBe([0xd0, 0x0d, 0xfe, 0xed]);
        }

        File.Copy(_folder["overlay.dtbo"], Path.Combine(_folder["new-folder"], "overlay_00.dtbo"), overwrite: true);
        var run = _folder.Run("dtbo pack new-folder -o new.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        var after = DtboImage.Read(_folder.Bytes("new.img"));
        after.Entries[0].Content.ToArray().ShouldBe(Python("zlib.compress(d)", _folder.Bytes("overlay.dtbo")));
        Python("zlib.decompress(d)", after.Entries[0].Content.ToArray()).ShouldBe(_folder.Bytes("overlay.dtbo"));
        after.Entries.Select(e => (e.Id, e.Custom[0])).ShouldBe(before.Entries.Select(e => (e.Id, e.Custom[0])));
        after.Entries[1].Content.ToArray().ShouldBe(before.Entries[1].Content.ToArray());
        after.Entries[2].Content.ToArray().ShouldBe(before.Entries[2].Content.ToArray());
    }

    [TheoryWith("python3")]
    [InlineData(1, "zlib.decompress(d)")]
    [InlineData(2, "zlib.decompress(d,31)")]
    [InlineData(0, "d")]
    public void Mkdtboimg_compresses_as_the_flags_say_and_dumps_decompressed(int flags, string expression)
    {
        var tree = _folder.Bytes("overlay.dtbo");
        CommandRun.Of("mkdtboimg", "create", _folder["m.img"], "--version=1", $"--flags={flags}", _folder["overlay.dtbo"]).ExitCode.ShouldBe(0);
        Python(expression, DtboImage.Read(_folder.Bytes("m.img")).Entries[0].Content.ToArray()).ShouldBe(tree);
        _folder.Run("mkdtboimg dump m.img -b new-dump --decompress").ExitCode.ShouldBe(0);
        _folder.Bytes("new-dump.0").ShouldBe(tree);
        _folder.Run("mkdtboimg dump m.img -b new-stored").ExitCode.ShouldBe(0);
        _folder.Bytes("new-stored.0").ShouldBe(DtboImage.Read(_folder.Bytes("m.img")).Entries[0].Content.ToArray());
    }

    [Theory]
    [InlineData(Image)]
    [InlineData("dtbo-table-at-64.img")]
    public void An_image_unpacked_and_packed_is_the_same(string image)
    {
        _folder.Run($"dtbo unpack {image} -o new-folder").ExitCode.ShouldBe(0);
        _folder.Run("dtbo pack new-folder -o new.img").ExitCode.ShouldBe(0);
        _folder.Bytes("new.img").ShouldBe(_folder.Bytes(image));
    }

    [FactWith("dtc")]
    public void One_overlay_is_replaced_and_its_AVB_data_renewed()
    {
        _folder.Run("avb sign dtbo-table-at-64.img --key chain.pem --partition dtbo --partition-size 131072 -o new-dtbo.img").ExitCode.ShouldBe(0);
        _folder.Run("avb make-vbmeta -o new-vbmeta.img --key root.pem --include new-dtbo.img").ExitCode.ShouldBe(0);
        var before = DtboImage.Read(_folder.Bytes("dtbo-table-at-64.img"));
        var run = _folder.Run(
            "dtbo set new-dtbo.img 0 --tree overlay.dtbo --id 0x77 --custom 3=5 --key chain.pem --vbmeta new-vbmeta.img --vbmeta-key root.pem --in-place");
        run.ExitCode.ShouldBe(0, run.Errors);
        var after = DtboImage.Read(_folder.Bytes("new-dtbo.img"));
        after.EntriesOffset.ShouldBe(before.EntriesOffset);
        after.Entries[0].Content.ToArray().ShouldBe(_folder.Bytes("overlay.dtbo"));
        (after.Entries[0].Id, after.Entries[0].Custom[3]).ShouldBe((0x77u, 5u));
        after.Entries.Skip(1).Select(e => (e.Id, e.Revision, Convert.ToHexString(e.Content.Span)))
            .ShouldBe(before.Entries.Skip(1).Select(e => (e.Id, e.Revision, Convert.ToHexString(e.Content.Span))));
        run = _folder.Run("avb verify new-vbmeta.img new-dtbo.img --key root.pem");
        run.ExitCode.ShouldBe(0, run.Output);
        File.Exists(_folder["new-dtbo.img.stock"]).ShouldBeTrue();
        File.Exists(_folder["new-vbmeta.img.stock"]).ShouldBeTrue();
        Oracle.Output("dtc", ["-I", "dtb", "-O", "dts", "-q"], after.Entries[0].Content.ToArray()).Length.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void What_is_no_entry_or_no_tree_is_refused()
    {
        _folder.Run($"dtbo set {Image} 3 --tree overlay.dtbo -o new.img").ExitCode.ShouldBe(2);
        _folder.Run($"dtbo set {Image} 0 --tree hello.txt -o new.img").Errors.ShouldContain("error KB5032");
        _folder.Run($"dtbo set {Image} 0 --custom 4=1 -o new.img").ExitCode.ShouldBe(2);
        File.Exists(_folder["new.img"]).ShouldBeFalse();
    }

    [Fact]
    public void An_entry_is_taken_out_and_another_put_in_by_the_list()
    {
        _folder.Run($"dtbo unpack {Image} -o new-folder").ExitCode.ShouldBe(0);
        var path = Path.Combine(_folder["new-folder"], "dtbo.json");
        var list = JsonNode.Parse(File.ReadAllText(path))!;
        list["entries"]!.AsArray().RemoveAt(1);
        list["entries"]!.AsArray().Add(JsonNode.Parse("""{ "file": "mine.dtbo", "id": 9, "revision": 1, "custom": [2, 0, 0, 0] }"""));
        File.WriteAllText(path, list.ToJsonString());
        File.Copy(_folder["overlay.dtbo"], Path.Combine(_folder["new-folder"], "mine.dtbo"));
        var run = _folder.Run("dtbo pack new-folder -o new.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        var after = DtboImage.Read(_folder.Bytes("new.img"));
        after.Entries.Select(e => e.Id).ShouldBe([0u, 2u, 9u]);
        Gzip.TryDecompress(after.Entries[2].Content, out var data, out _).ShouldBeTrue();
        data!.Content.ToArray().ShouldBe(_folder.Bytes("overlay.dtbo"));
    }

    [FactWith("fdtoverlay", "dtc")]
    public void One_overlay_of_an_image_is_applied_to_a_tree()
    {
        _folder.Write("base.dts", "/dts-v1/; / { soc: soc { }; };"u8.ToArray());
        _folder.Write("over.dts", "/dts-v1/; /plugin/; &soc { added = <7>; };"u8.ToArray());
        Oracle.Output("dtc", ["-@", "-q", "-O", "dtb", "-o", "base.dtb", "base.dts"], directory: _folder.Path);
        Oracle.Output("dtc", ["-@", "-q", "-O", "dtb", "-o", "over.dtbo", "over.dts"], directory: _folder.Path);
        Oracle.Output("fdtoverlay", ["-i", "base.dtb", "-o", "right.dtb", "over.dtbo"], directory: _folder.Path);
        CommandRun.Of("mkdtboimg", "create", _folder["d.img"], "--version=1", "--flags=1", _folder["overlay.dtbo"], _folder["over.dtbo"]).ExitCode.ShouldBe(0);
        var run = CommandRun.Of("dt", "apply", _folder["base.dtb"], _folder["d.img"] + "#1", "-o", _folder["out.dtb"]);
        run.ExitCode.ShouldBe(0, run.Errors + run.Output);
        string Source(string file) => Oracle.Text(_folder.Path, "dtc", "-s", "-q", "-I", "dtb", "-O", "dts", file);
        Source("out.dtb").ShouldBe(Source("right.dtb"));
        CommandRun.Of("dt", "apply", _folder["base.dtb"], _folder["d.img"] + "#2", "-o", _folder["out.dtb"]).Errors.ShouldContain("has 2 device trees");
    }
}
