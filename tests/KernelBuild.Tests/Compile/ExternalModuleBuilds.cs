using KernelBuild.Compile;
using KernelBuild.Configure;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Reporting;
using KernelBuild.Stages;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Compile;

/// <summary>
/// Modules outside the kernel's tree, by a makefile with kbuild's interface for M= and the real make; real modules of a real kernel are
/// built by the end-to-end tests.
/// </summary>
public sealed class ExternalModuleBuilds : IDisposable
{
    private const string Makefile = """
        B := $(O)/arch/arm64/boot
        D := $(INSTALL_MOD_PATH)/lib/modules/6.1.0
        Image:
        	@mkdir -p $(B) && echo kernel > $(B)/Image && cp $(B)/Image $(O)/vmlinux && echo map > $(O)/System.map
        ifdef M
        include $(M)/Kbuild
        modules:
        	@cat $(M)/*.c > $(M)/$(obj-m:.o=.ko)
        	@echo "made $(obj-m) with '$(notdir $(patsubst %/Module.symvers,%,$(KBUILD_EXTRA_SYMBOLS)))' $(OPTION)" >> $(O)/made
        	@touch $(M)/Module.symvers
        modules_install:
        	@mkdir -p $(D)/extra && cp $(M)/$(obj-m:.o=.ko) $(D)/extra
        else
        modules:
        	@rm -f $(O)/made
        modules_install:
        	@mkdir -p $(D) && touch $(D)/modules.order && ln -s $(O) $(D)/build && ln -s $(CURDIR) $(D)/source
        endif

        """;

    private readonly TestDevice _bench = new();

    private DeviceBuild Device => _bench.Device("path:../../linux") with
    {
        Toolchain = FakeToolchain.RequestIn(_bench),
        Modules = true,
    };

    public ExternalModuleBuilds()
    {
        Tree("Makefile", Makefile);
        Tree("vendor/user/Kbuild", "obj-m := user.o\n");
        Tree("vendor/user/user.c", "#include \"../provider/provider.h\"\nint init(void) { return provide(1); }\n");
        Tree("vendor/provider/Kbuild", "obj-m := provider.o\n");
        Tree("vendor/provider/provider.h", "int provide(int);\n");
        Tree("vendor/provider/provider.c", "int provide(int i) { return i; }\nEXPORT_SYMBOL_GPL(provide);\n");
        _bench.Files.Write(".work/demo/out/.config", "CONFIG_MODULES=y\n");
    }

    public void Dispose() => _bench.Dispose();

    private string Made => File.ReadAllText(Path.Combine(_bench.Folders.Output, "made"));

    [FactWith("make")]
    public async Task A_module_is_built_after_the_one_whose_symbols_it_uses_whatever_the_order_of_the_items()
    {
        var kernel = await CompileAsync(Device with { ExternalModules = [Module("vendor/user"), Module("vendor/provider")] });
        Made.ShouldBe("made provider.o with '' \nmade user.o with 'provider' \n");
        kernel.Modules.ShouldBe(
            ["lib/modules/6.1.0/extra/provider.ko", "lib/modules/6.1.0/extra/user.ko", "lib/modules/6.1.0/modules.load", "lib/modules/6.1.0/modules.order"]);
        (await File.ReadAllLinesAsync(Path.Combine(kernel.ModulesRoot!, "lib/modules/6.1.0/modules.load"), TestContext.Current.CancellationToken))
            .ShouldBe(["extra/provider.ko", "extra/user.ko"]);
        Directory.EnumerateFiles(Path.Combine(_bench.Folders.Tree, "vendor"), "*.ko", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [FactWith("make")]
    public async Task A_makefile_that_calls_the_kernels_own_gets_KERNEL_SRC_and_its_options_count()
    {
        Tree("vendor/provider/Makefile", "modules modules_install:\n\t$(MAKE) -C $(KERNEL_SRC) M=$(M) $@ OPTION=loud\n");
        await CompileAsync(Device with { ExternalModules = [Module("vendor/provider")] });
        Made.ShouldBe("made provider.o with '' loud\n");
    }

    [FactWith("make")]
    public async Task A_change_in_a_module_of_the_project_is_built_and_its_variables_reach_make()
    {
        _bench.Files.Write("kernels/demo/own/Kbuild", "obj-m := own.o\n");
        var source = _bench.Files.Write("kernels/demo/own/own.c", "one\n");
        var device = Device with { ExternalModules = [new ExternalModule(_bench["kernels/demo/own"], ["OPTION=mine"])] };
        var first = await CompileAsync(device);
        Made.ShouldBe("made own.o with '' mine\n");
        await File.WriteAllTextAsync(source, "two\n", TestContext.Current.CancellationToken);
        var second = await CompileAsync(device);
        (await File.ReadAllTextAsync(Path.Combine(second.ModulesRoot!, first.Modules[0]), TestContext.Current.CancellationToken)).ShouldBe("two\n");
    }

    [FactWith("make")]
    public async Task Modules_load_is_what_the_project_says_and_a_name_that_was_not_built_is_KB5036()
    {
        var device = Device with { ExternalModules = [Module("vendor/user"), Module("vendor/provider")], ModuleLoad = ["user.ko"] };
        var kernel = await CompileAsync(device);
        (await File.ReadAllLinesAsync(Path.Combine(kernel.ModulesRoot!, "lib/modules/6.1.0/modules.load"), TestContext.Current.CancellationToken))
            .ShouldBe(["extra/user.ko"]);
        var finding = await Findings.OfAsync(DiagnosticCodes.ModulesUnplaced, () => CompileAsync(device with { ModuleLoad = ["usr.ko"] }));
        finding.Fix.ShouldContain("user.ko");
    }

    [Fact]
    public void What_make_could_not_build_is_KB4014()
    {
        Invalid("vendor/none").Message.ShouldContain("neither a folder of the project nor one of the source");
        Tree("vendor/empty/readme", "");
        Invalid("vendor/empty").Message.ShouldContain("neither a Makefile nor a Kbuild");
        Tree("vendor/provider/provider.c", "int provide(int i) { return init(); }\nEXPORT_SYMBOL_GPL(provide);\n");
        Tree("vendor/user/user.c", "int init(void) { return provide(1); }\nEXPORT_SYMBOL(init);\n");
        Invalid("vendor/user", "vendor/provider").Message.ShouldContain("user, provider use symbols of each other");
    }

    [FactWith("make")]
    public async Task What_a_comment_a_text_or_a_header_names_is_no_dependency()
    {
        Tree("vendor/provider/provider.h", "int provide(int);\nint init(void);\n");
        Tree("vendor/provider/provider.c", "/* init()\n of user */ // init\nchar *s = \"a \\\" init\";\nint provide(int i) { return i; }\nEXPORT_SYMBOL_GPL(provide);\n");
        Tree("vendor/user/user.c", "int init(void) { return provide(1); }\nEXPORT_SYMBOL(init);\n");
        await CompileAsync(Device with { ExternalModules = [Module("vendor/user"), Module("vendor/provider")] });
        Made.ShouldBe("made provider.o with '' \nmade user.o with 'provider' \n");
    }

    [Fact]
    public void An_import_that_nobody_exports_is_named_in_the_words_of_every_modpost()
    {
        var parser = new BuildOutputParser(_bench["out"]);
        parser.Read("ERROR: modpost: \"of_thing\" [drivers/net/card.ko] undefined!");
        parser.Read("ERROR: \"of_other\" [drivers/net/card.ko] undefined!");
        parser.Errors.Select(error => error.Message).ShouldBe(
        [
            "card.ko uses of_thing, which neither the kernel nor a module exports", "card.ko uses of_other, which neither the kernel nor a module exports",
        ]);
    }

    [Fact]
    public void The_key_of_the_project_is_named_below_the_output_and_stands_there_for_its_owner_alone()
    {
        var device = Device with { ModuleSigningKey = _bench.Files.Write("kernels/demo/key.pem", "key") };
        var name = SigningKey.Requests(device).Single().Value.Trim('"');
        SigningKey.Place(device);
        var placed = Path.Combine(_bench.Folders.Output, name);
        File.ReadAllText(placed).ShouldBe("key");
        File.GetUnixFileMode(placed).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        SigningKey.Place(Device);
        File.Exists(placed).ShouldBeFalse();
        SigningKey.Requests(Device).ShouldBeEmpty();
    }

    private Diagnostic Invalid(params string[] folders) => Findings.Of(
        DiagnosticCodes.ExternalModuleInvalid, () => ExternalModules.Plan(Device with { ExternalModules = [.. folders.Select(Module)] }));

    private static ExternalModule Module(string folder) => new(folder, []);

    private void Tree(string path, string text) => _bench.Files.Write(".work/demo/tree/" + path, text);

    private async Task<CompiledKernel> CompileAsync(DeviceBuild device)
    {
        var config = new Lazy<KernelConfig>(() => KernelConfig.Parse("CONFIG_MODULES=y\n"));
        var stage = new CompileStage(
            device, new BuildOptions { Jobs = 1 }, await FakeToolchain.MakeAsync(_bench), config, StageRecords.Load(_bench["records.json"]), _bench.Log);
        return await stage.RunAsync(GitObjectId.Parse(new string('1', 40)), CancellationToken.None);
    }
}
