using System.IO.Compression;
using System.Text;
using KernelBuild.Archives;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>Zip archives: the tree is the one that unzip and git make of them.</summary>
public sealed class ZipForms : IDisposable
{
    private readonly TestDevice _bench = new();

    public void Dispose() => _bench.Dispose();

    private async Task SameAsync(string zip) =>
        (await ArchiveOracle.ImportAsync(_bench, zip)).Tree.ToString().ShouldBe(ArchiveOracle.TreeByUnzip(_bench, zip));

    private string Shell(string script) => Oracle.Text(_bench.Files.Path, "env", "LC_ALL=C.UTF-8", "bash", "-ec", script);

    /// <summary>An archive that Python's zipfile writes: it sets each field as told.</summary>
    private string Python(string members)
    {
        Oracle.Text(
            _bench.Files.Path, "python3", "-c",
            "import zipfile, struct, zlib, sys\nz = zipfile.ZipFile('python.zip', 'w', zipfile.ZIP_DEFLATED)\n"
            + "def add(name, data, system=3, mode=0o100644, extra=b'', low=0):\n"
            + "    i = zipfile.ZipInfo(name); i.create_system = system; i.external_attr = mode << 16 | low; i.extra = extra\n"
            + "    z.writestr(i, data, zipfile.ZIP_DEFLATED)\n"
            + members + "\nz.close()\n");
        return _bench["python.zip"];
    }

    [TheoryWith("zip", "unzip")]
    [InlineData("-0")]
    [InlineData("-9")]
    [InlineData("-Z bzip2")]
    public async Task A_random_tree_with_modes_and_links(string options)
    {
        RandomTree.Fill(_bench["linux"], 31);
        Shell($"zip -q -r -y {options} a.zip linux");
        await SameAsync(_bench["a.zip"]);
    }

    [TheoryWith("zip", "unzip")]
    [InlineData("zip -q -r - linux | cat > a.zip")]
    [InlineData("zip -q -r -fz a.zip linux")]
    public async Task Archives_with_data_descriptors_and_zip64_fields(string pack)
    {
        RandomTree.Fill(_bench["linux"], 32);
        // zip cannot store a link in a stream
        Shell("set -o pipefail; find linux -type l -delete; " + pack);
        await SameAsync(_bench["a.zip"]);
    }

    [FactWith("unzip", "python3")]
    public void More_files_than_sixteen_bits_count()
    {
        var zip = Python("for n in range(66000): z.writestr('linux/%d/%d' % (n % 50, n), b'')");
        using var file = File.OpenRead(zip);
        using var members = new ZipMembers(file);
        var names = new List<string>();
        while (members.Next() is { } member)
        {
            names.Add(member.Name);
        }

        names.ShouldBe(Oracle.Text(_bench.Files.Path, "unzip", "-Z1", zip).Split('\n'));
    }

    [FactWith("unzip", "python3")]
    public async Task Names_in_UTF8_in_other_bytes_and_in_Infozips_field()
    {
        var zip = Python("""
            add('linux/größe-日本', b'1')
            add('linux/plain', b'2', mode=0o100755)
            raw = b'linux/r_w'
            add('linux/r_w', b'3', extra=struct.pack('<HHBL', 0x7075, 5 + len('linux/räw'.encode()), 1, zlib.crc32(raw)) + 'linux/räw'.encode())
            add('linux/x_w', b'4', extra=struct.pack('<HHBL', 0x7075, 5 + len('linux/xäw'.encode()), 1, zlib.crc32(b'other')) + 'linux/xäw'.encode())
            add('linux/unix_', b'6', system=3)
            """);
        var bytes = await File.ReadAllBytesAsync(zip, TestContext.Current.CancellationToken);
        // Python writes ASCII or UTF-8 only
        Replace(bytes, "linux/unix_"u8, [.. "linux/unix"u8, 0xfc]);
        await File.WriteAllBytesAsync(zip, bytes, TestContext.Current.CancellationToken);
        var source = await ArchiveOracle.ImportAsync(_bench, zip);
        var names = _bench.Git("ls-tree", "--name-only", source.Tree.ToString()).Split('\n');
        names.ShouldContain(@"""gr\303\266\303\237e-\346\227\245\346\234\254""");
        names.ShouldContain(@"""r\303\244w""");
        names.ShouldContain("x_w");
        names.ShouldContain(@"""unix\374""");
        source.Tree.ToString().ShouldBe(ArchiveOracle.TreeByUnzip(_bench, zip));
    }

    /// <summary>By Python's word: unzip makes Latin-1 of code page 437, which is no name that a person on Linux can read.</summary>
    [FactWith("python3")]
    public async Task Names_of_DOS_in_code_page_437()
    {
        var zip = Python("""
            add('linux/dos_', b'1', system=0, mode=0)
            add('linux/vfat_', b'2', system=14, mode=0)
            """);
        var bytes = await File.ReadAllBytesAsync(zip, TestContext.Current.CancellationToken);
        Replace(bytes, "linux/dos_"u8, [.. "linux/dos"u8, 0x81]);
        Replace(bytes, "linux/vfat_"u8, [.. "linux/vfat"u8, 0xe1]);
        await File.WriteAllBytesAsync(zip, bytes, TestContext.Current.CancellationToken);
        Oracle.Text(_bench.Files.Path, "env", "LC_ALL=C.UTF-8", "python3", "-m", "zipfile", "-e", zip, "by-python");
        File.Exists(_bench["by-python/linux/dosü"]).ShouldBeTrue();
        (await ArchiveOracle.ImportAsync(_bench, zip)).Tree.ToString().ShouldBe(ArchiveOracle.TreeOf(_bench["by-python/linux"]));
    }

    [FactWith("unzip", "python3")]
    public async Task What_Windows_packed_has_no_modes_and_may_have_backslashes()
    {
        var zip = Python("""
            add('linux\\Makefile', b'1', system=0, mode=0, low=0x20)
            add('linux\\init\\main.c', b'2', system=0, mode=0, low=0x20)
            """);
        var source = await ArchiveOracle.ImportAsync(_bench, zip);
        _bench.Git("ls-tree", "-r", "--name-only", source.Tree.ToString()).ShouldBe("Makefile\ninit/main.c");
        var folder = _bench.Files.Folder("by-unzip");
        // exit code 1: a warning about the backslashes
        Oracle.Try(folder, "unzip", "-q", zip).ExitCode.ShouldBe(1);
        source.Tree.ToString().ShouldBe(ArchiveOracle.TreeOf(Path.Combine(folder, "linux")));
    }

    [FactWith("zip")]
    public async Task An_encrypted_one_is_refused_by_name()
    {
        _bench.Files.Write("linux/Makefile", "VERSION = 6\n");
        Shell("zip -q -r -P secret a.zip linux");
        var finding = await Findings.OfAsync("KB1005", () => _bench.FetchAsync(ArchiveOracle.Spec(_bench["a.zip"])));
        finding.Message.ShouldContain("'linux/Makefile' is encrypted");
    }

    [Fact]
    public async Task A_compression_that_is_not_read_is_named()
    {
        var zip = Python("i = zipfile.ZipInfo('linux/Makefile'); z.writestr(i, b'x' * 1000, zipfile.ZIP_LZMA)");
        (await Findings.OfAsync("KB1005", () => _bench.FetchAsync(ArchiveOracle.Spec(zip)))).Message.ShouldContain("method 14");
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("/etc/escape")]
    [InlineData(@"..\escape")]
    public async Task A_name_that_leaves_the_tree_is_refused(string name)
    {
        using (var zip = ZipFile.Open(_bench["a.zip"], ZipArchiveMode.Create, Encoding.UTF8))
        {
            zip.CreateEntry("linux/Makefile");
            // made on Unix: a backslash is a letter there, and nothing is written outside
            zip.CreateEntry(name);
        }

        if (name.Contains('\\', StringComparison.Ordinal))
        {
            (await ArchiveOracle.ImportAsync(_bench, _bench["a.zip"])).ShouldNotBeNull();
            File.Exists(_bench["escape"]).ShouldBeFalse();
        }
        else
        {
            await Findings.OfAsync("KB1006", () => _bench.FetchAsync(ArchiveOracle.Spec(_bench["a.zip"])));
        }
    }

    [Fact]
    public async Task A_backslash_of_Windows_does_not_climb_out()
    {
        var zip = Python(@"add('..\\escape', b'1', system=0, mode=0)");
        await Findings.OfAsync("KB1006", () => _bench.FetchAsync(ArchiveOracle.Spec(zip)));
    }

    [Fact]
    public async Task A_changed_byte_of_a_stored_file_is_noticed()
    {
        var zip = Python("z.writestr(zipfile.ZipInfo('linux/Makefile'), b'VERSION = 6', zipfile.ZIP_STORED)");
        var bytes = await File.ReadAllBytesAsync(zip, TestContext.Current.CancellationToken);
        Replace(bytes, "VERSION"u8, "VERSIOM"u8);
        await File.WriteAllBytesAsync(zip, bytes, TestContext.Current.CancellationToken);
        (await Findings.OfAsync("KB1005", () => _bench.FetchAsync(ArchiveOracle.Spec(zip)))).Message.ShouldContain("checksum");
    }

    private static void Replace(byte[] bytes, ReadOnlySpan<byte> old, ReadOnlySpan<byte> now)
    {
        var count = 0;
        for (var at = 0; bytes.AsSpan(at).IndexOf(old) is >= 0 and var next; at += next + old.Length, count++)
        {
            now.CopyTo(bytes.AsSpan(at + next));
        }

        count.ShouldBeGreaterThan(0);
    }
}
