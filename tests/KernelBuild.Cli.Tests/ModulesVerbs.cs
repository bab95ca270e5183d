using System.Text;
using System.Text.Json;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Compression.Codecs;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.Cli.Tests;

/// <summary>kernel modules check: where modules come from, what is printed, and the exit codes.</summary>
public sealed class ModulesVerbs : IDisposable
{
    private const string Configuration = "CONFIG_ARM64=y\nCONFIG_SMP=y\nCONFIG_MODULES=y\nCONFIG_MODULE_UNLOAD=y\nCONFIG_MODVERSIONS=y\n";
    private const string Exports = "0x00000001\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n0x00000002\tkfree\tvmlinux\tEXPORT_SYMBOL\t\n";
    private readonly TestFolder _folder = new();

    public ModulesVerbs()
    {
        _folder.Write("out/Module.symvers", Exports);
        _folder.Write("out/.config", Configuration);
        _folder.Write("out/include/config/kernel.release", "6.1.0-test\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_of_a_build_and_a_folder_of_modules_that_fit_are_exit_code_0()
    {
        Write("good.ko", Good("good"));
        _folder.Write("pulled/deep/packed.ko.xz", Compressor.Compress(CompressionFormat.Xz, Good("packed").ToArray()).ToArray());

        var run = Check(_folder["out"], _folder["pulled"]);

        run.ExitCode.ShouldBe(0, run.Output + run.Errors);
        run.Output.ShouldContain("'6.1.0-test SMP mod_unload modversions aarch64'");
        run.Output.ShouldContain("2 modules: 2 load, 0 are refused, 0 unknown");
        run.Output.ShouldNotContain("warning");
    }

    [Fact]
    public void Modules_that_do_not_fit_are_exit_code_1_with_what_Linux_says()
    {
        Write("good.ko", Good("good"));
        Write("changed.ko", Good("changed") with { Versions = [("module_layout", 1), ("kfree", 3)] });
        Write("dropped.ko", Good("dropped") with { Imports = ["kfreed"] });
        Write("magic.ko", Good("magic") with { Vermagic = "6.1.0-test SMP preempt mod_unload modversions aarch64" });
        _folder.Write("pulled/broken.ko", "text");

        var run = Check(_folder["out"], _folder["pulled"]);

        run.ExitCode.ShouldBe(1, run.Errors);
        foreach (var text in (string[])
        [
            "KB8017: broken is not an ELF file", "KB8021: the type of 'kfree'", "found: 0x00000003", "expected: 0x00000002",
            "\"dropped: Unknown symbol kfreed (err -2)\"", "KB8019: its version magic", "5 modules: 1 load, 4 are refused, 0 unknown",
        ])
        {
            run.Output.ShouldContain(text);
        }

        var json = JsonDocument.Parse(Check(_folder["out"], _folder["pulled"], "--json").Output).RootElement;
        json.GetProperty("refused").GetInt32().ShouldBe(4);
        json.GetProperty("modules").EnumerateArray().Single(module =>
            module.GetProperty("name").GetString() == "good").GetProperty("outcome").GetString()
            .ShouldBe("loads");
    }

    [Fact]
    public void The_patch_that_took_a_symbol_out_or_changed_a_type_is_named()
    {
        Write("changed.ko", Good("changed") with { Versions = [("module_layout", 1), ("kfree", 3)] });
        Write("dropped.ko", Good("dropped") with { Imports = ["kfreed"] });
        Write("gone.ko", Good("gone") with { Imports = ["kgone"] });
        Write("moved.ko", Good("moved") with { Imports = ["kmoved"] });
        var tree = _folder.Folder("tree");
        Oracle.Git(tree, "init", "-q");
        Commit("base",
            "struct slab {\n\tint a;\n\tint b;\n\tint c;\n\tint d;\n\tint e;\n\tint f;\n\tint g;\n\tint h;\n};\n\nstruct other {\n\tint a;\n};\n",
            "int kfreed(int a)\n{\n\treturn a;\n}\nEXPORT_SYMBOL_GPL(kfreed);\n\nint kgone(void)\n{\n\treturn 1;\n}\n\nint kmoved(void)\n{\n\treturn 2;\n}\nEXPORT_SYMBOL(kmoved);\n");
        // the hunk of the struct begins below its first line: only git's section names it
        Commit("slab: one more member",
            "struct slab {\n\tint a;\n\tint b;\n\tint c;\n\tint d;\n\tint e;\n\tint f;\n\tint g;\n\tint h;\n\tint added;\n};\n\nstruct other {\n\t/* a comment */\n\tint a;\n};\n",
            "int kfreed(int a)\n{\n\treturn a;\n}\n\nEXPORT_SYMBOL(kmoved);\nint kmoved(void)\n{\n\treturn 2;\n}\n");
        Oracle.Git(tree, "format-patch", "-q", "-o", "../series", "HEAD~1");
        var patch = Path.GetFileName(Directory.GetFiles(_folder["series"]).Single());
        _folder.Write("series/series", patch + "\n");

        foreach (var given in (string[])[_folder["series"], Path.Combine(_folder["series"], patch)])
        {
            var run = Check(_folder["out"], _folder["pulled"], "--patches", given);
            run.ExitCode.ShouldBe(1, run.Errors);
            run.Output.ShouldContain(patch + " takes its export out");
            run.Output.ShouldContain(patch + " takes the function out");
            run.Output.ShouldContain($"of the patches, {patch} changes struct slab");
            run.Output.ShouldNotContain("struct other");
            run.Output.Split('\n').Where(line => line.Contains("kmoved")).ShouldAllBe(line => !line.Contains(patch));
        }

        Check(_folder["out"], _folder["pulled"], "--patches", _folder["no-such-series"]).ExitCode.ShouldBeGreaterThan(0);

        void Commit(string subject, string header, string source)
        {
            _folder.Write("tree/slab.h", header);
            _folder.Write("tree/slab.c", source);
            Oracle.Git(tree, "add", "-A");
            Oracle.Git(tree, "commit", "-q", "-m", subject);
        }
    }

    [Fact]
    public void Every_fragment_of_a_vendor_boot_is_read_with_its_modules_load()
    {
        var image = VendorBootImage.Create(new VendorBootContents
        {
            HeaderVersion = 4,
            Ramdisks =
            [
                new VendorRamdiskContents(Lz4Legacy.Compress(Archive("one", "one.ko\n"))),
                new VendorRamdiskContents(Archive("two", "/lib/modules/two.ko\nlost.ko\n"), 3, "dlkm"),
            ],
            Dtb = new byte[16],
        });
        var path = _folder.Write("vendor_boot.img", image.ToArray());

        var run = Check(_folder["out"], path);

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("vendor_boot.img!dlkm:lib/modules/modules.load:2: the list names lost.ko");
        run.Output.ShouldContain("KB8027");
        run.Output.ShouldContain("2 modules: 2 load");
    }

    [Fact]
    public void A_ramdisk_and_a_boot_image_are_sources_as_well()
    {
        var ramdisk = _folder.Write("ramdisk.cpio.gz", Gzip.Compress(Archive("one", "one.ko\n")).ToArray());
        var boot = _folder.Write(
            "init_boot.img", BootImage.Create(new BootImageContents { HeaderVersion = 4, Ramdisk = Lz4Legacy.Compress(Archive("one",
                "")) }).ToArray());

        // the same file twice is one module
        Check(_folder["out"], ramdisk, boot).Output.ShouldContain("1 modules: 1 load");
        Check(_folder["out"], _folder.Write("one.ko", Good("one").ToArray())).ExitCode.ShouldBe(0);
    }

    [FactWith("mke2fs", "debugfs", "img2simg", "simg2img")]
    public void An_ext4_image_and_its_sparse_form_are_read()
    {
        Write("lib/modules/good.ko", Good("good"));
        Oracle.Output("mke2fs", ["-q", "-t", "ext4", "-d", _folder["pulled"], _folder["dlkm.img"], "8M"]);
        Oracle.Output("img2simg", [_folder["dlkm.img"], _folder["sparse.img"]]);

        foreach (var image in (string[])["dlkm.img", "sparse.img"])
        {
            var run = Check(_folder["out"], _folder[image]);
            run.ExitCode.ShouldBe(0, run.Output + run.Errors);
            run.Output.ShouldContain("1 modules: 1 load");
        }
    }

    [FactWith("mkfs.erofs", "fsck.erofs")]
    public void An_erofs_image_is_read_and_a_link_in_it_leads_nowhere()
    {
        Write("good.ko", Good("good"));
        File.CreateSymbolicLink(_folder["pulled/evil.ko"], _folder["out/Module.symvers"]);
        Oracle.Output("mkfs.erofs", ["-zlz4hc", _folder["dlkm.img"], _folder["pulled"]]);

        var run = Check(_folder["out"], _folder["dlkm.img"]);

        run.ExitCode.ShouldBe(0, run.Output + run.Errors);
        run.Output.ShouldContain("1 modules: 1 load");
    }

    [Fact]
    public void A_kernel_of_which_little_is_known_gives_unknown_verdicts_and_says_what_to_give()
    {
        Write("good.ko", Good("good"));
        var kernel = _folder.Write("Image", SampleImages.Kernel());

        var run = Check(kernel, _folder["pulled"]);

        run.ExitCode.ShouldBe(0);
        run.Output.ShouldContain("warning KB8026: what the kernel exports is not known");
        run.Output.ShouldContain("fix: give the Module.symvers of its build with --symvers");
        run.Output.ShouldContain("0 load, 0 are refused, 1 unknown");
        Check(kernel, _folder["pulled"], "--symvers", _folder["out/Module.symvers"], "--config",
            _folder["out/.config"]).Output.ShouldContain("1 load");
        Check(_folder["out/Module.symvers"], _folder["pulled"], "--config", _folder["out/.config"]).Output.ShouldContain("1 load");
    }

    [Fact]
    public void The_folder_of_artifacts_finds_the_output_beside_it()
    {
        Write("good.ko", Good("good"));
        Directory.CreateDirectory(_folder["root/artifacts/virt"]);
        Directory.CreateDirectory(_folder["root/.work/virt"]);
        Directory.Move(_folder["out"], _folder["root/.work/virt/out"]);

        Check(_folder["root/artifacts/virt"], _folder["pulled"]).ExitCode.ShouldBe(0);
    }

    [Fact]
    public void The_source_and_a_KMI_list_say_which_option_is_off()
    {
        Write("dropped.ko", Good("dropped") with { Imports = ["lost"] });
        _folder.Write("tree/Makefile", "obj-y += drivers/\n");
        _folder.Write("tree/drivers/Makefile", "obj-$(CONFIG_LOST_CORE) += lost/\n");
        _folder.Write("tree/drivers/lost/Makefile", "obj-$(CONFIG_LOST) += lost.o\nlost-y := a.o \\\n\tb.o\n");
        _folder.Write("tree/drivers/lost/b.c", "#ifdef CONFIG_DEEP\nint lost(void) { return 0; }\nEXPORT_SYMBOL_GPL(lost);\n#endif\n");
        _folder.Write("abi_gki_aarch64", "[abi_symbol_list]\n  lost\n");

        var run = Check(_folder["out"], _folder["pulled"], "--tree", _folder["tree"], "--kmi", _folder["abi_gki_aarch64"]);

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("drivers/lost/b.c exports it, and CONFIG_LOST and CONFIG_LOST_CORE are off: switch them on, under #if "
            + "CONFIG_DEEP");
        run.Output.ShouldContain("the KMI list abi_gki_aarch64 promises it");
    }

    [Fact]
    public void Bad_sources_and_kernels_are_named_with_a_code()
    {
        Write("good.ko", Good("good"));
        Directory.CreateDirectory(_folder["empty"]);
        var super = new byte[16384];
        "gDla"u8.CopyTo(super.AsSpan(4096));

        Check(_folder["out"], _folder["empty"]).Errors.ShouldContain("KB8028");
        Check(_folder["empty"], _folder["pulled"]).Errors.ShouldContain("KB9009");
        Check(_folder["out"], _folder["none"]).ExitCode.ShouldBe(2);
        Check(_folder["out"], _folder.Write("super.img", super)).Errors.ShouldContain("super.img, which holds several images");
        Check(_folder.Write("bad.symvers", Exports + "nonsense\n"), _folder["pulled"]).Errors.ShouldContain("bad.symvers(3): error KB8018");
        Check(_folder["out"], _folder["pulled"], "--tree", _folder["empty"]).Errors.ShouldContain("KB9012");
        CommandRun.Of("kernel", "modules", "check", _folder["out"]).ExitCode.ShouldBe(2);
        CommandRun.Of("kernel", "modules", "check", "--help").Output.ShouldContain("kernelbuild kernel modules check artifacts/DEVICE");
    }

    private static SyntheticModule Good(string name) =>
        new(name) { Imports = ["kfree"], Versions = [("module_layout", 1), ("kfree", 2)] };

    private static byte[] Archive(string module, string list) => CpioWriter.Write(
    [
        RamdiskEntry.File($"lib/modules/{module}.ko", Good(module).ToArray(), UnixFileMode.UserRead),
        RamdiskEntry.File("lib/modules/modules.load", Encoding.ASCII.GetBytes(list), UnixFileMode.UserRead),
    ]);

    private void Write(string name, SyntheticModule module) => _folder.Write("pulled/" + name, module.ToArray());

    private static CommandRun Check(string kernel, string modules, params string[] rest) =>
        CommandRun.Of(["kernel", "modules", "check", kernel, "--modules", modules, .. rest]);
}
