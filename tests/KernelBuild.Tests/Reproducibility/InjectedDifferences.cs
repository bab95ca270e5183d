using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using KernelBuild.BootImages.Boot;
using KernelBuild.Manifest;
using KernelBuild.Reproducibility;

namespace KernelBuild.Tests.Reproducibility;

/// <summary>
/// Two builds that differ in one thing, which a real tool made: the compiler, the linker, pahole, objcopy, openssl, tar, cpio, gzip. The
/// comparison must name that thing and no other.
/// </summary>
public sealed class InjectedDifferences : IDisposable
{
    private readonly TestFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Equal_folders_have_no_difference()
    {
        var module = Compile("a.c", "int a = 1;\n");
        Differences(("a.ko", module, module)).ShouldBeEmpty();
    }

    [FactWith("clang-19")]
    public void A_compiler_is_named() => Causes(
        "a.ko", Compile("a.c", "__asm__(\".ident \\\"GCC: 12.2\\\"\");\n"), Compile("a.c", "__asm__(\".ident \\\"GCC: 13.1\\\"\");\n"))
        .ShouldBe([DifferenceCause.Compiler]);

    [FactWith("clang-19")]
    public void A_build_path_in_debug_information_is_named()
    {
        const string source = "int f(int a) { return a + 1; }\n";
        Causes("a.ko", Compile("one/a.c", source, "-g"), Compile("another/place/a.c", source, "-g")).ShouldBe([DifferenceCause.DebugPath]);
    }

    [FactWith("clang-19")]
    public void A_build_path_in_a_text_is_named()
    {
        const string source = "const char *where(void) { return __FILE__; }\n";
        Causes("a.ko", Compile("one/a.c", source, "-fno-ident"), Compile("two/a.c", source, "-fno-ident")).ShouldBe([DifferenceCause.Path]);
    }

    [FactWith("clang-19")]
    public void A_date_in_a_text_is_named()
    {
        const string source = "const char *when(void) { return __DATE__ \" \" __TIME__; }\n";
        Causes(
            "a.ko", Compile("a.c", source, "SOURCE_DATE_EPOCH=946684800"), Compile("a.c", source, "SOURCE_DATE_EPOCH=1790000000"))
            .ShouldBe([DifferenceCause.Time]);
    }

    [FactWith("clang-19")]
    public void The_seed_of_RANDSTRUCT_is_named_and_not_the_code_that_follows_from_it()
    {
        string Source(string seed, int offset) => $$"""
            __attribute__((section(".modinfo"), used)) static const char magic[] = "vermagic=6.1.0 SMP mod_unload aarch64 RANDSTRUCT_{{seed}}";
            int read_it(char *task) { return task[{{offset}}]; }
            """;
        Causes("a.ko", Compile("a.c", Source("0011aabb", 8)), Compile("a.c", Source("2233ccdd", 16))).ShouldBe([DifferenceCause.Randstruct]);
    }

    [FactWith("clang-19")]
    public void Latent_entropy_is_named() => Causes(
        "vmlinux", Compile("a.c", "int before = 3; unsigned long latent_entropy = 0x1234567812345678;\n"),
        Compile("a.c", "int before = 3; unsigned long latent_entropy = 0x8765432187654321;\n")).ShouldBe([DifferenceCause.LatentEntropy]);

    [FactWith("ld.lld-19")]
    public void A_build_ID_is_named_as_what_follows()
    {
        var module = _files.Write("a.o", Compile("a.c", "int a = 1;\n"));
        byte[] Link(string id)
        {
            Oracle.Output("ld.lld-19", ["-e", "0", "--build-id=0x" + id, "-o", _files["linked"], module]);
            return File.ReadAllBytes(_files["linked"]);
        }

        Causes("vmlinux", Link("0011223344556677"), Link("8899aabbccddeeff")).ShouldBe([DifferenceCause.BuildId]);
    }

    [FactWith("pahole")]
    public void The_order_of_BTF_is_told_from_other_types()
    {
        byte[] WithTypes(string source)
        {
            var file = _files.Write("btf.o", Compile("a.c", source, "-g"));
            Oracle.Output("pahole", ["-J", file]);
            // debug information is not the subject
            Oracle.Output("llvm-objcopy-19", ["--strip-debug", file]);
            return File.ReadAllBytes(file);
        }

        const string first = "struct first { int a; };\n";
        const string second = "struct second { long b; };\n";
        const string use = "struct first f; struct second s;\n";
        const string useOther = "struct second s; struct first f;\n";
        Causes("vmlinux", WithTypes(first + second + use), WithTypes(second + first + useOther)).ShouldContain(DifferenceCause.BtfOrder);
        Causes("vmlinux", WithTypes(first + second + use), WithTypes(first + "struct second { char b; };\n" + use))
            .ShouldContain(DifferenceCause.BtfContent);
    }

    [FactWith("openssl")]
    public void The_key_that_signed_a_module_is_named()
    {
        var module = Compile("a.c", "int a = 1;\n");
        Causes("a.ko", Signed(module, "one"), Signed(module, "two")).ShouldBe([DifferenceCause.SigningKey]);
    }

    [FactWith("tar", "xz")]
    public void The_archive_of_kernel_headers_is_named_with_its_files()
    {
        byte[] Kernel(string time)
        {
            _files.Write("headers/linux/a.h", "#define A\n");
            Oracle.Output("touch", ["-d", time, _files["headers/linux/a.h"]]);
            var archive = Oracle.Output("tar", ["-C", _files["headers"], "-cJf", "-", "linux/a.h"]);
            return [.. new byte[4096], .. archive, .. new byte[4096 - archive.Length], .. "behind"u8];
        }

        var (one, other) = (Kernel("2026-01-01"), Kernel("2027-01-01"));
        const string map = "ffff800008000000 T _text\nffff800008001000 r kernel_headers_data\nffff800008002000 r kernel_headers_data_end\n";
        var difference = Differences(("Image", one, other), ("System.map", Encoding.ASCII.GetBytes(map), Encoding.ASCII.GetBytes(map)))
            .ShouldHaveSingleItem();
        difference.Cause.ShouldBe(DifferenceCause.KernelHeaders);
        difference.Detail.ShouldBe("linux/a.h");
    }

    [FactWith("cpio")]
    public void Times_owners_order_and_contents_of_a_ramdisk_are_told_apart()
    {
        Causes("boot.img", Boot("touch -d 2026-01-01 init; echo init"), Boot("touch -d 2027-01-01 init; echo init"))
            .ShouldBe([DifferenceCause.RamdiskTime]);
        Causes("boot.img", Boot("chmod 755 init; echo init"), Boot("chmod 700 init; echo init")).ShouldBe([DifferenceCause.RamdiskOwner]);
        Causes("boot.img", Boot("echo init; echo other"), Boot("echo other; echo init")).ShouldBe([DifferenceCause.RamdiskOrder]);
        Causes("boot.img", Boot("echo one > init; echo init"), Boot("echo two > init; echo init")).ShouldBe([DifferenceCause.RamdiskContent]);
    }

    [Theory]
    [InlineData("(me@here) (clang 19) #1 SMP Sat Jan  1 00:00:00 UTC 2000", "(you@there) (clang 19) #1 SMP Sat Jan  1 00:00:00 UTC 2000", DifferenceCause.BannerTime)]
    [InlineData("(me@here) (clang 19) #1 SMP Sat Jan  1 00:00:00 UTC 2000", "(me@here) (clang 19) #2 SMP Sun Jan  2 00:00:00 UTC 2000", DifferenceCause.BannerTime)]
    [InlineData("(me@here) (clang 19) #1 SMP Sat Jan  1 00:00:00 UTC 2000", "(me@here) (clang 18) #1 SMP Sat Jan  1 00:00:00 UTC 2000", DifferenceCause.Compiler)]
    public void What_of_a_banner_differs_is_named(string one, string other, string cause)
    {
        byte[] Image(string banner) => [.. new byte[64], .. Encoding.ASCII.GetBytes($"Linux version 6.1.0 {banner}\n\0"), .. new byte[64]];
        Causes("Image", Image(one), Image(other)).ShouldBe([cause]);
    }

    [Fact]
    public void A_release_and_the_header_of_a_boot_image_are_named()
    {
        byte[] Image(string release) => [.. new byte[64], .. Encoding.ASCII.GetBytes($"Linux version {release} (a@b) (clang 19) #1 SMP\n\0"), .. new byte[64]];
        Causes("Image", Image("6.1.0-a"), Image("6.1.0-b")).ShouldBe([DifferenceCause.Release]);
        byte[] WithCommandLine(string text) =>
            BootImage.Create(new BootImageContents { HeaderVersion = 4, Kernel = new byte[4096], CommandLine = text }).ToArray();
        Causes("boot.img", WithCommandLine("quiet"), WithCommandLine("debug")).ShouldBe([DifferenceCause.BootHeader]);
    }

    [FactWith("cpio", "gzip")]
    public void An_initramfs_in_the_kernel_is_named_with_what_differs_in_it()
    {
        byte[] Kernel(string time)
        {
            Oracle.Output("touch", ["-d", time, _files.Write("initramfs/init", "init\n")]);
            var archive = Oracle.Output(
                "sh", ["-c", "echo init | cpio --quiet -o -H newc --reproducible | gzip -nc"], directory: _files["initramfs"]);
            return [.. new byte[4096], .. archive, .. new byte[4096 - archive.Length], .. "behind"u8];
        }

        var map = Encoding.ASCII.GetBytes("ffff800008000000 T _text\nffff800008001000 T __irf_start\nffff800008002000 T __irf_end\n");
        var difference = Differences(("Image", Kernel("2026-01-01"), Kernel("2027-01-01")), ("System.map", map, map)).ShouldHaveSingleItem();
        (difference.Cause, difference.Detail).ShouldBe((DifferenceCause.Initramfs, DifferenceCause.RamdiskTime));
    }

    [FactWith("gzip")]
    public void Another_level_of_compression_is_told_from_another_content()
    {
        var file = _files.Write("Image", string.Concat(Enumerable.Range(0, 5000)));
        Causes("Image.gz", Oracle.Output("gzip", ["-nc1", file]), Oracle.Output("gzip", ["-nc6", file])).ShouldBe([DifferenceCause.Compression]);
    }

    [Fact]
    public void A_configuration_is_told_from_another_compiler()
    {
        byte[] Text(string text) => Encoding.ASCII.GetBytes(text);
        Causes("config", Text("CONFIG_A=y\n"), Text("# CONFIG_A is not set\n")).ShouldBe([DifferenceCause.Configuration]);
        Causes("config", Text("CONFIG_CC_VERSION_TEXT=\"clang 19\"\nCONFIG_X=y\n"), Text("CONFIG_CC_VERSION_TEXT=\"clang 18\"\n"))
            .ShouldBe([DifferenceCause.Compiler]);
    }

    [FactWith("gzip")]
    public void The_time_in_a_gzip_header_is_told_from_its_content()
    {
        byte[] Zip(string time)
        {
            var file = _files.Write("Image", new string('a', 1000));
            Oracle.Output("touch", ["-d", time, file]);
            return Oracle.Output("gzip", ["-c", file]);
        }

        Causes("Image.gz", Zip("2026-01-01"), Zip("2027-01-01")).ShouldBe([DifferenceCause.CompressedHeader]);
    }

    [Fact]
    public void A_file_of_one_build_only_and_bytes_that_nothing_explains_are_said()
    {
        Folder("one", ("a", [1]), ("b", [1]));
        Folder("two", ("a", [2]));
        new ArtifactDiff(_files["one"], _files["two"]).Run().Select(difference => (difference.File, difference.Cause)).ShouldBe(
            [("a", DifferenceCause.Unknown), ("b", DifferenceCause.Missing)]);
    }

    private IEnumerable<string> Causes(string name, byte[] one, byte[] other) =>
        Differences((name, one, other)).Select(difference => difference.Cause).Distinct();

    private ImmutableArray<Difference> Differences(params (string Name, byte[] One, byte[] Other)[] files)
    {
        Folder("one", [.. files.Select(file => (file.Name, file.One))]);
        Folder("two", [.. files.Select(file => (file.Name, file.Other))]);
        return new ArtifactDiff(_files["one"], _files["two"]).Run();
    }

    private void Folder(string name, params (string Name, byte[] Content)[] files)
    {
        foreach (var (file, content) in files)
        {
            _files.Write($"{name}/{file}", content);
        }

        _files.Write(name + "/" + BuildManifest.FileName, SampleManifest.Of(files.Select(file => (file.Name, file.Content.Length))));
    }

    /// <param name="options">Options of clang, and NAME=VALUE for its environment.</param>
    private byte[] Compile(string name, string source, params string[] options)
    {
        var file = _files.Write(name, source);
        string[] command =
        [
            .. options.Where(option => !option.StartsWith('-')), "clang-19", "--target=aarch64-linux-gnu", "-c",
            .. options.Where(option => option.StartsWith('-')), "-o", _files["object"], file,
        ];
        Oracle.Output("env", command, directory: Path.GetDirectoryName(file));
        return File.ReadAllBytes(_files["object"]);
    }

    /// <summary>As scripts/sign-file of the kernel appends it: a detached CMS signature, 12 bytes that end with its length, the mark.</summary>
    private byte[] Signed(byte[] module, string key)
    {
        Oracle.Output("openssl", ["req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Build time autogenerated kernel key", "-keyout", _files[key + ".pem"], "-out", _files[key + ".crt"]]);
        var file = _files.Write("module", module);
        Oracle.Output("openssl", ["cms", "-sign", "-binary", "-noattr", "-nocerts", "-outform", "DER", "-in", file, "-signer", _files[key + ".crt"], "-inkey", _files[key + ".pem"], "-out", _files["signature"]]);
        var signature = File.ReadAllBytes(_files["signature"]);
        var information = new byte[12];
        information[2] = 2;
        BinaryPrimitives.WriteUInt32BigEndian(information.AsSpan(8), (uint)signature.Length);
        return [.. module, .. signature, .. information, .. "~Module signature appended~\n"u8];
    }

    /// <param name="list">A shell script in the folder of the ramdisk that prints the names to pack.</param>
    private byte[] Boot(string list)
    {
        foreach (var name in (string[])["init", "other"])
        {
            Oracle.Output("touch", ["-d", "2025-01-01", _files.Write("ramdisk/" + name, name + "\n")]);
        }

        var ramdisk = Oracle.Output(
            "sh", ["-c", $"{{ {list}; }} | cpio --quiet -o -H newc --reproducible | gzip -nc"], directory: _files["ramdisk"]);
        return BootImage.Create(new BootImageContents { HeaderVersion = 4, Kernel = new byte[4096], Ramdisk = ramdisk }).ToArray();
    }
}
