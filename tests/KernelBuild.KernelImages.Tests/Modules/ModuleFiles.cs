using System.Collections.Immutable;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Modules;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Modules;

public sealed class ModuleFiles
{
    private static readonly SyntheticModule _module = new("sample")
    {
        Imports = ["kfree"],
        WeakImports = ["maybe"],
        Versions = [("module_layout", 1), ("kfree", 2)],
        ExtendedVersions = [("kfree", 2)],
        Exports = [("open", 0x11, false, ""), ("closed", 0x22, true, "SPACE"), ("third", 0x33, true, "")],
    };

    [FactWith("readelf")]
    public void The_modules_of_these_tests_are_read_by_readelf_as_they_were_meant()
    {
        using var folder = new TestFolder();
        var path = folder.Write("sample.ko", _module.ToArray());

        Oracle.Text(folder.Path, "readelf", "-hSW", path).ShouldContain("REL (Relocatable file)");
        var symbols = Oracle.Text(folder.Path, "readelf", "-sW", path);
        symbols.ShouldContain("UND kfree");
        symbols.ShouldContain("__kstrtab_closed");
        Oracle.Text(folder.Path, "readelf", "-p", ".modinfo", path).ShouldContain("vermagic=6.1.0-test SMP");
        Oracle.Text(folder.Path, "readelf", "-rW", path).ShouldContain("R_AARCH64_PREL32");
    }

    [Fact]
    public void Exports_have_their_checksums_licences_and_namespaces_out_of_any_compression()
    {
        foreach (var format in (CompressionFormat[])[CompressionFormat.Gzip, CompressionFormat.Xz, CompressionFormat.Zstd])
        {
            var module = Read(Compressor.Compress(format, _module.ToArray()), "sample.ko");

            module.Exports.ShouldBe(
            [
                new("open", 0x11, false, "", "sample"), new("closed", 0x22, true, "SPACE", "sample"), new("third", 0x33, true, "",
                    "sample"),
            ]);
            module.Imports.ShouldBe([new("kfree", false), new("maybe", true)]);
            module.ExtendedVersions.ShouldBe([new("kfree", 2)]);
        }
    }

    [Fact]
    public void A_damaged_module_gives_a_finding_or_is_read_and_never_throws()
    {
        var random = new Random(8017);
        var good = _module.ToArray();
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = good.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                // headers of sections stand at the end, those of the file at the start: half of the damage goes there
                var at = random.Next(2) == 0 ? random.Next(bytes.Length) : random.Next(2) == 0 ? random.Next(64)
                    : bytes.Length - 1 - random.Next(1000);
                bytes[at] = (byte)random.Next(256);
            }

            bytes = random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
            if (!ModuleReader.TryRead(bytes, "sample.ko", out var module, out var error))
            {
                error.Code.ShouldBe(DiagnosticCodes.ModuleUnreadable);
                refused++;
            }
            else
            {
                ModuleChecker.Check(new KernelInterface { Vermagic = "6.1.0-test SMP mod_unload modversions aarch64" },
                    [module]).Length.ShouldBe(1);
            }
        }

        refused.ShouldBeInRange(2_000, 19_000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100)]
    public void What_is_no_module_is_said_to_be_none(int length)
    {
        ModuleReader.TryRead(new byte[length], "x.ko", out _, out var error).ShouldBeFalse();
        error!.Code.ShouldBe(DiagnosticCodes.ModuleUnreadable);
        error.File.ShouldBe("x.ko");
    }

    [FactWith("clang-19")]
    public void A_module_of_32_bit_arm_is_read_as_the_assembler_wrote_it()
    {
        using var folder = new TestFolder();
        var source = folder.Write("arm.s", """
            .section .modinfo,"a"
            .asciz "license=GPL"
            .asciz "vermagic=5.10.0 SMP mod_unload modversions ARMv7 p2v8 "
            .section .gnu.linkonce.this_module,"aw"
            .zero 64
            .section __versions,"a"
            .long 0x1234
            .asciz "kfree"
            .zero 54
            .section __ksymtab_gpl,"a"
            __ksymtab_mine: .long mine, name, 0
            .section __kcrctab_gpl,"a"
            __crc_mine: .long 0x5678
            .section __ksymtab_strings,"a"
            name: .asciz "mine"
            .text
            .globl mine
            mine: bl kfree
            .weak maybe
            .long maybe
            """);
        Oracle.Output("clang-19", ["--target=armv7-linux-gnueabi", "-c", source, "-o", folder["arm.ko"]]);

        var module = Read(File.ReadAllBytes(folder["arm.ko"]), "arm.ko");

        module.Architecture.ShouldBe("arm");
        module.Imports.ShouldBe([new("kfree", false), new("maybe", true)], ignoreOrder: true);
        module.Versions.ShouldBe([new("kfree", 0x1234)]);
        module.Exports.ShouldBe([new("mine", 0x5678, true, "", "arm")]);
        ModuleChecker.Check(new KernelInterface { Vermagic = "6.1.0 SMP mod_unload modversions aarch64" }, [module]).Single().Findings
            .ShouldContain(finding => finding.Message.Contains("32-bit arm", StringComparison.Ordinal));
    }

    [Fact]
    public void Module_symvers_is_read_in_all_of_its_forms_and_a_line_that_is_none_is_named()
    {
        Symvers("0x00000011\tone\tvmlinux\tEXPORT_SYMBOL\t\n0x00000022\ttwo\tdrivers/a/b\tEXPORT_SYMBOL_GPL\tSPACE\n").ShouldBe(
            [new("one", 0x11, false, "", "vmlinux"), new("two", 0x22, true, "SPACE", "drivers/a/b")]);
        Symvers("0x00000011\tone\tSPACE\tvmlinux\tEXPORT_SYMBOL_GPL\n").ShouldBe([new("one", 0x11, true, "SPACE", "vmlinux")]);
        Symvers("0x00000011\tone\tvmlinux\tEXPORT_SYMBOL\n").ShouldBe([new("one", 0x11, false, "", "vmlinux")]);
        Symvers("0x00000000\tone\tvmlinux\tEXPORT_SYMBOL\t\n").Single().Crc.ShouldBeNull();

        foreach (var text in (string[])["", "0x11\tone\n", "0x00000011\tone\tvmlinux\tEXPORT_SYMBOL\t\nnonsense\n"])
        {
            SymversFile.TryRead(text, "Module.symvers", out _, out var error).ShouldBeFalse();
            error!.Code.ShouldBe(DiagnosticCodes.SymversInvalid);
        }
    }

    private static ImmutableArray<ExportedSymbol> Symvers(string text)
    {
        SymversFile.TryRead(text, "Module.symvers", out var symbols, out var error).ShouldBeTrue(error?.ToString());
        return symbols;
    }

    private static KernelModule Read(ReadOnlyMemory<byte> bytes, string name) =>
        ModuleReader.TryRead(bytes, name, out var module, out var error) ? module : throw new DiagnosticException(error);
}
