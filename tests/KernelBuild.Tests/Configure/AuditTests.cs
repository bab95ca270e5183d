using KernelBuild.Configure;
using KernelBuild.Diagnostics;

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

        config VFIO
        	tristate "VFIO" if EXPERT
        	depends on IOMMU_API && \
        		!BROKEN
        	depends on SMP

        endmenu

        config HIDDEN
        	bool
        	default y

        endif

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
        _folder.Write("arch/arm64/Kconfig", "config ARM64\n\tdef_bool y\n");
        _folder.Write("arch/x86/Kconfig", "config X86_ONLY\n\tbool \"x\"\n");
        _folder.Write("arch/Kconfig", "config SHARED\n\tbool \"x\"\n");
    }

    private KconfigDeclarations Declarations => KconfigDeclarations.Read(_folder.Path, "arm64");

    private IReadOnlyList<Diagnostic> Audit(string fragment, string result) => ConfigurationAudit.Run(
        ConfigFragment.Parse(fragment, "x.config"), KernelConfig.Parse(result), new Lazy<KconfigDeclarations>(() => Declarations));

    [Fact]
    public void What_got_its_value_is_no_finding() =>
        Audit("CONFIG_PCI=y\n# CONFIG_SMP is not set\nCONFIG_BASE=0xAB\nCONFIG_S=\"\"\n", "CONFIG_PCI=y\nCONFIG_BASE=0xab\nCONFIG_S=\"\"\n")
            .ShouldBeEmpty();

    [Fact]
    public void An_optional_symbol_that_was_not_set_or_is_not_there_is_a_warning_with_the_reason()
    {
        var findings = Audit("CONFIG_VFIO=y # optional: for guests\nCONFIG_NEVER_SEEN=y # optional: who knows\n", "CONFIG_PCI=y\nCONFIG_VFIO=m\n");
        findings.Select(finding => (finding.Code, finding.Severity)).ShouldBe(
            [("KB3004", DiagnosticSeverity.Warning), ("KB3003", DiagnosticSeverity.Warning)]);
        findings[0].Message.ShouldBe("CONFIG_VFIO=y was requested, but it is m; optional: for guests");
    }

    [Fact]
    public void A_symbol_that_was_not_set_is_KB3004_with_every_condition_and_its_value()
    {
        var finding = Audit("CONFIG_PCI=y\nCONFIG_VFIO=y\n", "CONFIG_PCI=y\nCONFIG_SMP=y\nCONFIG_VFIO=m\n").ShouldHaveSingleItem();
        finding.Code.ShouldBe("KB3004");
        finding.Severity.ShouldBe(DiagnosticSeverity.Error);
        finding.Message.ShouldBe("CONFIG_VFIO=y was requested, but it is m");
        (finding.File, finding.Line).ShouldBe(("x.config", 2));
        finding.Details.ShouldBe(
        [
            "declared in Kconfig:15",
            "  if PCI   [PCI=y]",
            "  depends on MMU   [MMU=n]",
            "  prompt if EXPERT   [EXPERT=n]",
            "  depends on IOMMU_API && !BROKEN   [IOMMU_API=n BROKEN=n]",
            "  depends on SMP   [SMP=y]",
        ]);
    }

    [Fact]
    public void A_symbol_without_a_prompt_says_that_it_can_only_be_selected() =>
        Audit("# CONFIG_HIDDEN is not set\n", "CONFIG_HIDDEN=y\n").ShouldHaveSingleItem().Details[0].ShouldContain("without a prompt");

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
    public void Only_files_of_the_architecture_are_read_and_help_is_not()
    {
        Declarations.Find("ARM64").ShouldHaveSingleItem();
        Declarations.Find("SHARED").ShouldHaveSingleItem();
        Declarations.Find("X86_ONLY").ShouldBeEmpty();
        Declarations.Find("WORDS").ShouldBeEmpty();
    }

    [Fact]
    public void An_attribute_after_help_belongs_to_the_entry() =>
        Declarations.Find("AFTER_HELP").ShouldHaveSingleItem().Conditions.ShouldBe(["depends on LATE"]);

    [Fact]
    public void Merging_names_each_symbol_once_and_the_request_wins() =>
        KernelConfig
            .Merge(
                "# head\nCONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_D=\"x\"\n",
                ConfigFragment.Parse("CONFIG_B=y\nCONFIG_NEW=1\nCONFIG_A=n\nCONFIG_B=n\n", "x"))
            .ShouldBe("# CONFIG_C is not set\nCONFIG_D=\"x\"\n# CONFIG_B is not set\nCONFIG_NEW=1\n# CONFIG_A is not set\n");

    public void Dispose() => _folder.Dispose();
}
