using System.Collections.Immutable;
using System.Text;
using KernelBuild.Configure;
using KernelBuild.Kconfig;
using KernelBuild.Tests.Configure;

namespace KernelBuild.Tests.Kconfig;

/// <summary>
/// The kernel's own conf says what every symbol is; evaluated by us, each has the same value. On the tree of the virt device, on further
/// trees in $KERNELBUILD_TEST_TREES (separated by colons), and with KERNELBUILD_EXHAUSTIVE on fifty random configurations.
/// </summary>
public sealed class ValuesOfConf : IDisposable
{
    private readonly TestFolder _folder = new();

    public static bool IsExhaustive => Environment.GetEnvironmentVariable("KERNELBUILD_EXHAUSTIVE") is { Length: > 0 };

    public static IEnumerable<string> Trees => (Environment.GetEnvironmentVariable("KERNELBUILD_TEST_TREES") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Prepend(FactWithKernelTreeAttribute.Tree!);

    public void Dispose() => _folder.Dispose();

    [FactWithKernelTree]
    public void Every_symbol_of_allnoconfig_defconfig_tinyconfig_and_random_configurations_is_what_conf_says()
    {
        foreach (var tree in Trees)
        {
            var output = _folder.Folder("out-" + Path.GetFileName(Path.GetDirectoryName(tree)));
            Make(tree, output, "allnoconfig");
            var model = KconfigModel.Read(tree, Shell(tree, output));
            Compare(model, output, $"{tree} allnoconfig");
            foreach (var target in IsExhaustive ? ["defconfig", "tinyconfig", "allmodconfig", "allyesconfig"] : (string[])["defconfig", "tinyconfig"])
            {
                Make(tree, output, target);
                Compare(model, output, $"{tree} {target}");
            }

            for (var seed = 1; seed <= (IsExhaustive ? 50 : 2); seed++)
            {
                Make(tree, output, "randconfig", "KCONFIG_SEED=" + seed);
                Compare(model, output, $"{tree} seed {seed}");
            }

            foreach (var (start, what, requests) in Wishes())
            {
                Make(tree, output, start);
                var config = Path.Combine(output, ".config");
                File.WriteAllText(config, KernelConfig.Merge(File.ReadAllText(config), requests));
                Make(tree, output, "olddefconfig");
                Compare(model, output, $"{tree} {what}");
            }
        }
    }

    /// <summary>tinyconfig with all that the virt device asks for, and what Android's kernels have that defconfig has not.</summary>
    private static IEnumerable<(string Start, string What, IReadOnlyList<ConfigRequest> Requests)> Wishes()
    {
        yield return ("tinyconfig", "tinyconfig as virt",
            [.. ((string[])["src/KernelBuild.Sdk/Sdk/profiles/iommu-passthrough.config", "src/KernelBuild.Sdk/Sdk/profiles/kvm-host.config",
                "kernels/virt/virt.config"]).SelectMany(file => ConfigFragment.Load(Repository.PathOf(file)))]);
        yield return ("defconfig", "gki-like", ConfigFragment.Parse(
            string.Join('\n', Gki.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(line => "CONFIG_" + line)), "gki-like"));
    }

    private const string Gki =
        "LOCALVERSION=\"-android\" MODULES=y MODVERSIONS=y MODULE_SIG=y MODULE_SIG_PROTECT=y LTO_CLANG_FULL=y "
        + "CFI_CLANG=y SHADOW_CALL_STACK=y ANDROID=y ANDROID_BINDER_IPC=y ANDROID_BINDERFS=y ASHMEM=y "
        + "INCREMENTAL_FS=y FUSE_FS=y OVERLAY_FS=y F2FS_FS=y DM_VERITY=y DM_DEFAULT_KEY=y BLK_INLINE_ENCRYPTION=y "
        + "FS_ENCRYPTION=y FS_VERITY=y UCLAMP_TASK=y PSI=y ENERGY_MODEL=y CPU_FREQ_GOV_SCHEDUTIL=y "
        + "DEBUG_INFO_DWARF4=y DEBUG_INFO_BTF=y BPF_SYSCALL=y BPF_JIT_ALWAYS_ON=y KASAN=y KASAN_HW_TAGS=y UBSAN=y "
        + "INIT_STACK_ALL_ZERO=y TRIM_UNUSED_KSYMS=y IKCONFIG=y HZ_250=y PREEMPT=y ARM64_16K_PAGES=n NR_CPUS=32 "
        + "CMA_AREAS=16 LOG_BUF_SHIFT=18 USB_CONFIGFS=m WLAN=n SWIOTLB=y KVM=y PKVM_MODULE_PATH=\"\"";

    /// <summary>What is offered for symbols that are off is taken by conf: each gets its value.</summary>
    [FactWithKernelTree]
    public void Settings_that_are_offered_give_the_symbol_with_conf()
    {
        var tree = FactWithKernelTreeAttribute.Tree!;
        var output = _folder.Folder("out");
        Make(tree, output, "tinyconfig");
        var tiny = File.ReadAllText(Path.Combine(output, ".config"));
        var model = KconfigModel.Read(tree, Shell(tree, output));
        var explanation = new KconfigExplanation(model, KernelConfig.Parse(tiny).ByName);
        var random = new Random(18);
        var off = model.Symbols.Values
            .Where(symbol => symbol is { IsDeclared: true, HasPrompt: true, Type: KconfigType.Boolean or KconfigType.Tristate } && explanation.Evaluation.Value(symbol) == "n")
            .OrderBy(symbol => symbol.Name, StringComparer.Ordinal).ToArray();
        var chosen = off.OrderBy(_ => random.Next()).Take(IsExhaustive ? 400 : 2)
            .Concat(((string[])["VFIO_PCI", "PCIEPORTBUS", "E1000E", "ARM64_64K_PAGES", "NVME_CORE", "ARM_SMMU_V3"]).Select(name => model.Find(name)!)).ToArray();

        var solved = 0;
        foreach (var symbol in chosen)
        {
            var reason = explanation.Why(symbol, "y");
            if (reason.Settings.IsEmpty)
            {
                reason.Advice.ShouldNotBeEmpty(symbol.Name);
                continue;
            }

            ConfigRequest[] requests = [.. reason.Settings.Select(line => line.Split('=', 2)).Select(pair => new ConfigRequest(pair[0], pair[1], "x", 1))];
            File.WriteAllText(Path.Combine(output, ".config"), KernelConfig.Merge(tiny, requests));
            Make(tree, output, "olddefconfig");
            KernelConfig.Load(Path.Combine(output, ".config"))["CONFIG_" + symbol.Name].ShouldBe("y", $"{symbol.Name} with {string.Join(' ', reason.Settings)}");
            solved++;
        }

        solved.ShouldBeGreaterThan(chosen.Length / 2);
    }

    /// <summary>conf makes the same of the lines; of every one that is left out, it makes something else; it needs no more than savedefconfig.</summary>
    [FactWithKernelTree]
    public void The_smallest_fragment_gives_the_configuration_with_conf_and_no_line_can_be_left_out()
    {
        var tree = FactWithKernelTreeAttribute.Tree!;
        var output = _folder.Folder("out");
        Make(tree, output, "tinyconfig");
        ConfigRequest[] wish = [.. ((string[])["PCI=y", "MMU=y", "VFIO=m", "MODULES=y", "NET=y", "IOMMU_SUPPORT=y", "VFIO_PCI=m", "EXPERT=y", "NAMESPACES=n", "HZ_1000=y", "NR_CPUS=12"])
            .Select(line => line.Split('=')).Select(pair => new ConfigRequest("CONFIG_" + pair[0], pair[1], "x", 1))];
        File.WriteAllText(Path.Combine(output, ".config"), KernelConfig.Merge(File.ReadAllText(Path.Combine(output, ".config")), wish));
        Make(tree, output, "olddefconfig");
        var wanted = KernelConfig.Load(Path.Combine(output, ".config"));
        Make(tree, output, "savedefconfig");
        var saved = ConfigFile.Parse(File.ReadAllText(Path.Combine(output, "defconfig"))).Count();

        // no program of the host is asked, as in 'kernelbuild config minimize'
        var model = KconfigModel.Read(tree, TreeShell.Of("arm64"));
        foreach (var start in (string?[])[null, "defconfig"])
        {
            var before = KernelConfig.Parse("");
            if (start is not null)
            {
                Make(tree, output, start);
                before = KernelConfig.Load(Path.Combine(output, ".config"));
            }

            var text = start is null ? "" : File.ReadAllText(Path.Combine(output, ".config"));
            var minimum = KconfigMinimum.Of(model, wanted.ByName, before.ByName, null, TestContext.Current.CancellationToken);
            minimum.Others.ShouldBeEmpty();
            ConfigRequest[] lines = [.. minimum.Lines.Select(line => new ConfigRequest("CONFIG_" + line.Name, line.Value, "x", 1))];
            Differences(lines).ShouldBeEmpty(start);
            if (start is null)
            {
                lines.Length.ShouldBeLessThanOrEqualTo(saved);
            }

            var random = new Random(9);
            foreach (var left in lines.OrderBy(_ => random.Next()).Take(IsExhaustive ? lines.Length : start is null ? 1 : 0))
            {
                Differences([.. lines.Where(line => line != left)]).ShouldNotBeEmpty($"{left.Symbol} on {start}");
            }

            string[] Differences(ConfigRequest[] requests)
            {
                File.WriteAllText(Path.Combine(output, ".config"), KernelConfig.Merge(text, requests));
                Make(tree, output, "olddefconfig");
                var made = KernelConfig.Load(Path.Combine(output, ".config"));
                return [.. made.ByName.Keys.Union(wanted.ByName.Keys).Where(name => made["CONFIG_" + name] != wanted["CONFIG_" + name])];
            }
        }
    }

    private static void Compare(KconfigModel model, string output, string what)
    {
        var config = KernelConfig.Load(Path.Combine(output, ".config"));
        var evaluation = new KconfigEvaluation(model, config.ByName);
        var wrong = model.Symbols.Values.Where(symbol => symbol.IsDeclared)
            .Select(symbol => (symbol.Name, Ours: evaluation.Value(symbol), Theirs: config["CONFIG_" + symbol.Name]))
            .Where(symbol => symbol.Ours != symbol.Theirs && !(symbol.Ours.Length == 0 && symbol.Theirs == "n"))
            .Select(symbol => $"{symbol.Name}: ours {symbol.Ours}, conf {symbol.Theirs}").ToArray();
        wrong.Take(30).ShouldBeEmpty($"{what}: {wrong.Length} of {model.Symbols.Count}");
        config.ByName.Keys.Where(name => model.Find(name) is null).ShouldBeEmpty(what + ": symbols that we do not know");
    }

    private MakeShell Shell(string tree, string output)
    {
        var (kconfig, answer) = (_folder.Write("environment.kconfig", $"config X\n\tstring\n\tdefault \"$(shell,env -0 >{_folder["environment"]})\"\n"), _folder["environment"]);
        Make(tree, output, "listnewconfig", "KBUILD_KCONFIG=" + kconfig);
        var environment = Encoding.UTF8.GetString(File.ReadAllBytes(answer)).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2)
            .ToImmutableSortedDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return new MakeShell(environment, output);
    }

    private static void Make(string tree, string output, params string[] targets)
    {
        // before 5.18 no LLVM=-19; conf asks the compiler all the same
        Oracle.Text(tree, "make", ["-s", "O=" + output, "ARCH=arm64", "LLVM=1", "LLVM_IAS=1", "CC=clang-19", "LD=ld.lld-19", "AR=llvm-ar-19", "NM=llvm-nm-19",
            "OBJCOPY=llvm-objcopy-19", "STRIP=llvm-strip-19", "HOSTCC=clang-19", "HOSTCXX=clang++-19", "HOSTLD=ld.lld-19", "HOSTAR=llvm-ar-19", "CROSS_COMPILE=aarch64-linux-gnu-",
            .. targets]);
    }
}
