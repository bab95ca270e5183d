using KernelBuild.Configure;
using KernelBuild.Diagnostics;
using KernelBuild.Kconfig;

namespace KernelBuild.Tests.Configure;

public sealed class AuditTests : IDisposable
{
    private const string Kconfig = """
        mainmenu "Test"

        config PCI
        	bool "PCI support"
        	help
        	  Not a declaration:
        	  config WORDS
        	  depends on NOTHING

        if PCI

        menu "Devices"
        	depends on MMU

        source "drivers/vfio/Kconfig"

        endmenu

        config HIDDEN
        	bool
        	default y

        endif

        config MMU
        	bool "MMU"

        config IOMMU_API
        	bool

        config SMMU
        	bool "SMMU"
        	select IOMMU_API

        config BROKEN
        	bool

        config SMP
        	bool "SMP"

        config NR_CPUS
        	int "CPUs"
        	range 2 4096
        	default 64

        choice
        	prompt "Page size"
        	default PAGES_4K

        config PAGES_4K
        	bool "4 KB"

        config PAGES_64K
        	bool "64 KB"

        endchoice

        config HZ
        	int
        	default 1000 if HZ_1000
        	default 250

        config HZ_1000
        	bool "1000 Hz"

        source "arch/$(SRCARCH)/Kconfig"
        source "scripts/gcc-plugins/Kconfig"

        menuconfig AFTER_HELP
        	bool "x"
        	help
        	    Deeply indented.
        	depends on LATE
        """;

    private readonly TestFolder _folder = new();

    public AuditTests()
    {
        _folder.Write("Kconfig", Kconfig);
        _folder.Write("drivers/vfio/Kconfig", "config VFIO\n\ttristate \"VFIO\"\n\tdepends on IOMMU_API && \\\n\t\t!BROKEN\n\tdepends on SMP\n");
        _folder.Write("arch/arm64/Kconfig", "config ARM64\n\tdef_bool y\n");
        _folder.Write("arch/x86/Kconfig", "config X86_ONLY\n\tbool \"x\"\n");
        _folder.Write("scripts/gcc-plugins/Kconfig", "config GCC_PLUGINS\n\tbool \"plugins\"\n\tdepends on $(success,test -e $(CC))\n");
    }

    public void Dispose() => _folder.Dispose();

    private KconfigModel Model => KconfigModel.Read(_folder.Path, TreeShell.Of("arm64"));

    private IReadOnlyList<Diagnostic> Audit(string fragment, string result) => ConfigurationAudit.Run(
        ConfigFragment.Parse(fragment, "x.config"), KernelConfig.Parse(result), () => new KconfigExplanation(Model, KernelConfig.Parse(result).ByName));

    [Fact]
    public void What_got_its_value_is_no_finding() =>
        Audit("CONFIG_PCI=y\n# CONFIG_SMP is not set\nCONFIG_BASE=0xAB\nCONFIG_S=\"\"\n", "CONFIG_PCI=y\nCONFIG_BASE=0xab\nCONFIG_S=\"\"\n")
            .ShouldBeEmpty();

    [Fact]
    public void An_optional_symbol_that_was_not_set_or_is_not_there_is_a_warning_with_the_reason()
    {
        var findings = Audit("CONFIG_VFIO=y # optional: for guests\nCONFIG_NEVER_SEEN=y # optional: who knows\n", "CONFIG_PCI=y\n");
        findings.Select(finding => (finding.Code, finding.Severity)).ShouldBe(
            [("KB3004", DiagnosticSeverity.Warning), ("KB3003", DiagnosticSeverity.Warning)]);
        findings[0].Message.ShouldBe("CONFIG_VFIO=y was requested, but it is n: what it depends on is not on; optional: for guests");
    }

    [Fact]
    public void A_symbol_that_was_not_set_is_KB3004_down_to_the_lines_that_give_it()
    {
        var finding = Audit("CONFIG_PCI=y\nCONFIG_VFIO=y\n", "CONFIG_PCI=y\n# CONFIG_MMU is not set\n# CONFIG_SMP is not set\n").ShouldHaveSingleItem();
        (finding.Code, finding.Severity, finding.File, finding.Line).ShouldBe(("KB3004", DiagnosticSeverity.Error, "x.config", 2));
        finding.Fix.ShouldBe("request CONFIG_MMU=y, CONFIG_SMMU=y, CONFIG_SMP=y, CONFIG_VFIO=y");
        finding.Details.ShouldBe(
        [
            "declared in drivers/vfio/Kconfig:1",
            "  CONFIG_MMU is n (Kconfig:25)",
            "  CONFIG_IOMMU_API is n (Kconfig:28)",
            "    it has no prompt: CONFIG_SMMU selects it",
            "    CONFIG_SMMU is n (Kconfig:31)",
            "  CONFIG_SMP is n (Kconfig:38)",
        ]);
    }

    [Fact]
    public void An_old_name_whose_value_arrived_is_KB3015_and_one_that_did_not_is_KB3004_about_the_new_name()
    {
        _folder.Write(
            "Kconfig", "config CFI\n\tbool \"CFI\"\n\tdefault CFI_CLANG\n\tdepends on CLANG\n\nconfig CFI_CLANG\n\tbool\n\ttransitional\n\n"
            + "config CLANG\n\tbool \"clang\"\n\nconfig GONE\n\tbool\n\ttransitional\n");
        var arrived = Audit("CONFIG_CLANG=y\nCONFIG_CFI_CLANG=y\n", "CONFIG_CLANG=y\nCONFIG_CFI=y\n").ShouldHaveSingleItem();
        (arrived.Code, arrived.Severity, arrived.Line).ShouldBe((DiagnosticCodes.SymbolRenamed, DiagnosticSeverity.Warning, 2));
        arrived.Message.ShouldBe("CONFIG_CFI_CLANG is the old name of CONFIG_CFI in this kernel, which got the value y");
        var lost = Audit("CONFIG_CFI_CLANG=y\n", "# CONFIG_CLANG is not set\n").ShouldHaveSingleItem();
        lost.Code.ShouldBe(DiagnosticCodes.SymbolNotSet);
        lost.Message.ShouldBe(
            "CONFIG_CFI_CLANG=y was requested, but it is n: it is the old name of CONFIG_CFI; of that one what it depends on is not on");
        lost.Fix.ShouldBe("request CONFIG_CLANG=y, CONFIG_CFI=y");
        var overridden = Audit("CONFIG_CFI_CLANG=y\n", "CONFIG_CLANG=y\n# CONFIG_CFI is not set\n").ShouldHaveSingleItem();
        overridden.Code.ShouldBe(DiagnosticCodes.SymbolNotSet);
        overridden.Message.ShouldEndWith("it is the old name of CONFIG_CFI, which the configuration sets itself; the old name counts only where it does not");
        overridden.Fix.ShouldBe("request CONFIG_CFI=y");
        Audit("CONFIG_GONE=y\n", "").ShouldHaveSingleItem().Message.ShouldContain("whose value no symbol takes");
        var evaluation = new KconfigEvaluation(Model, new Dictionary<string, string> { ["CLANG"] = "y", ["CFI_CLANG"] = "y" });
        evaluation.Value(evaluation.Model.Find("CFI")!).ShouldBe("y");
        evaluation.Value(evaluation.Model.Find("CFI_CLANG")!).ShouldBe("n", "no .config names it");
    }

    [Theory]
    [InlineData("CONFIG_PCI=m", "it is a bool, which is y or n", "request CONFIG_PCI=y")]
    [InlineData("CONFIG_NR_CPUS=99999", "it must be from 2 to 4096", "request a number in that range")]
    [InlineData("CONFIG_NR_CPUS=y", "it is a number (int)", "request a number, such as CONFIG_NR_CPUS=64")]
    [InlineData("CONFIG_HZ=1000", "it follows other symbols: it is 1000 if HZ_1000", "request CONFIG_HZ_1000=y")]
    [InlineData("CONFIG_PAGES_64K=y", "CONFIG_PAGES_4K is on in the same choice \"Page size\"", "request CONFIG_PAGES_64K=y")]
    [InlineData("# CONFIG_IOMMU_API is not set", "CONFIG_SMMU selects it", "switch off what selects it")]
    [InlineData("CONFIG_VFIO=m", "this kernel is built without modules", "take the line out")]
    public void Each_reason_is_named_with_its_remedy(string line, string cause, string fix)
    {
        var finding = Audit(
            line + "\n", "CONFIG_PCI=y\nCONFIG_SMMU=y\nCONFIG_IOMMU_API=y\nCONFIG_PAGES_4K=y\nCONFIG_NR_CPUS=64\nCONFIG_HZ=250\n# CONFIG_HZ_1000 is not set\n")
            .ShouldHaveSingleItem();
        if (line != "CONFIG_VFIO=m")
        {
            finding.Message.ShouldContain(cause);
            finding.Fix.ShouldStartWith(fix);
        }
    }

    [Fact]
    public void The_line_of_a_fragment_that_won_is_named()
    {
        var finding = Audit("CONFIG_PAGES_64K=y\nCONFIG_PAGES_4K=y\n", "CONFIG_PAGES_4K=y\n").ShouldHaveSingleItem();
        finding.Details.ShouldContain("CONFIG_PAGES_4K=y is requested in x.config:2");
    }

    [Fact]
    public void A_symbol_that_no_Kconfig_declares_is_KB3003_with_the_nearest()
    {
        var finding = Audit("CONFIG_VFIOO=y\n", "").ShouldHaveSingleItem();
        finding.Code.ShouldBe("KB3003");
        finding.Fix.ShouldContain("CONFIG_VFIO");
    }

    [Fact]
    public void Fragments_that_contradict_each_other_are_a_warning_and_the_last_wins()
    {
        var finding = Audit("CONFIG_PCI=n\nCONFIG_PCI=y\n", "CONFIG_PCI=y\n").ShouldHaveSingleItem();
        finding.Code.ShouldBe("KB3006");
        finding.Severity.ShouldBe(DiagnosticSeverity.Warning);
        finding.Line.ShouldBe(1);
    }

    [Fact]
    public void Files_that_are_sourced_are_read_and_help_is_not()
    {
        Model.Find("ARM64").ShouldNotBeNull();
        Model.Find("GCC_PLUGINS").ShouldNotBeNull("a folder below scripts/ declares symbols as well");
        Model.Find("X86_ONLY").ShouldBeNull();
        Model.Find("WORDS").ShouldBeNull();
        Model.Find("AFTER_HELP")!.Entries[0].Parts.Select(part => part.Condition.ToString()).ShouldBe(["LATE"]);
        Model.Find("VFIO")!.Entries[0].Depends!.ToString().ShouldBe("PCI && MMU && IOMMU_API && !BROKEN && SMP");
    }

    [Fact]
    public void Merging_names_each_symbol_once_and_the_request_wins() =>
        KernelConfig
            .Merge(
                "# head\nCONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_D=\"x\"\n",
                ConfigFragment.Parse("CONFIG_B=y\nCONFIG_NEW=1\nCONFIG_A=n\nCONFIG_B=n\n", "x"))
            .ShouldBe("# CONFIG_C is not set\nCONFIG_D=\"x\"\n# CONFIG_B is not set\nCONFIG_NEW=1\n# CONFIG_A is not set\n");
}
