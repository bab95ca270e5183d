using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Modules;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Modules;

/// <summary>Rules that Debian's kernel and its modules do not show, each on modules made for it.</summary>
public sealed class RulesOfTheLoader
{
    private static readonly KernelInterface _kernel = new()
    {
        Release = "6.1.0-test",
        Vermagic = "6.1.0-test SMP mod_unload modversions aarch64",
        Exports =
        [
            Kernel("module_layout", 1), Kernel("kfree", 2), Kernel("gpl_only", 3) with { IsGplOnly = true },
            Kernel("spaced", 4) with { Namespace = "CRYPTO" }, Kernel("reserved", 5) with { Namespace = "module:kvm,vfio-*" },
            new ExportedSymbol("of_module", 6, false, "", "drivers/other/other"),
        ],
        Rules = new ModuleRules { ForceLoad = false, Signatures = true, SignaturesEnforced = false, MissingNamespacesAllowed = false,
            LivePatch = false },
    };

    [Fact]
    public void A_module_that_fits_loads_and_has_no_finding()
    {
        var verdict = Check(Module("fits", "kfree", "gpl_only")).Single();

        verdict.Outcome.ShouldBe(ModuleOutcome.Loads);
        verdict.Findings.ShouldBeEmpty();
    }

    [Fact]
    public void A_changed_type_a_dropped_symbol_and_another_version_magic_are_each_found_and_explained()
    {
        var verdicts = Check(
            Module("changed", "kfree") with { Versions = [("module_layout", 1), ("kfree", 99)] },
            Module("dropped", "kfreed"),
            Module("magic") with { Vermagic = "6.1.0-test SMP preempt mod_unload modversions aarch64" });

        verdicts.Select(verdict => verdict.Findings.Single().Code).ShouldBe(
            [DiagnosticCodes.ModuleSymbolVersionDiffers, DiagnosticCodes.ModuleSymbolMissing, DiagnosticCodes.ModuleVermagicDiffers]);
        verdicts[0].Findings[0].ShouldSatisfyAllConditions(
            finding => finding.Found.ShouldBe("0x00000063"), finding => finding.Expected.ShouldBe("0x00000002"),
            finding => finding.Fix.ShouldContain("--stock"));
        verdicts[1].Findings[0].Fix.ShouldContain("--tree");
        verdicts[2].Findings[0].Fix.ShouldContain("CONFIG_PREEMPT_BUILD");
    }

    [Fact]
    public void Without_MODVERSIONS_the_whole_version_magic_is_compared_and_no_checksum()
    {
        var kernel = _kernel with { Vermagic = "6.1.0-test SMP mod_unload aarch64" };
        var other = Module("other", "kfree") with { Vermagic = "6.1.0-other SMP mod_unload aarch64", Versions = null };

        Check(kernel, other).Single().Findings.Single().Fix.ShouldContain("CONFIG_LOCALVERSION");
        Check(kernel, other with { Vermagic = kernel.Vermagic, Versions = [("kfree", 77)] }).Single().Outcome.ShouldBe(ModuleOutcome.Loads);
    }

    [Fact]
    public void A_provider_that_is_refused_takes_those_that_need_it_along_and_a_circle_loads_nothing()
    {
        var broken = Module("broken", "kfreed") with { Exports = [("helper", 7, false, "")] };
        var user = Module("user", "helper") with { Exports = [("more", 8, false, "")] };
        var last = Module("last", "more");

        var verdicts = Check(last, user, broken);
        verdicts.ShouldAllBe(verdict => verdict.Outcome == ModuleOutcome.Refused);
        verdicts[0].Findings.Single().ShouldSatisfyAllConditions(
            finding => finding.Code.ShouldBe(DiagnosticCodes.ModuleProviderRefused), finding =>
                finding.Message.ShouldContain("more from user"));
        var circle = Check(
            Module("one", "helper") with { Exports = [("more", 8, false, "")] }, Module("two", "more") with { Exports = [("helper", 7,
                false, "")] });
        circle.ShouldAllBe(verdict => verdict.Outcome == ModuleOutcome.Refused);
        circle[0].Findings.Single().Message.ShouldContain("takes symbols from it in turn");
    }

    [Fact]
    public void A_checksum_of_a_symbol_of_another_module_is_compared_as_well()
    {
        var provider = Module("provider") with { Exports = [("helper", 7, false, "")] };

        Check(provider, Module("good", "helper") with { Versions = [("module_layout", 1), ("helper",
            7)] })[1].Outcome.ShouldBe(ModuleOutcome.Loads);
        Check(provider, Module("bad", "helper") with { Versions = [("module_layout", 1), ("helper",
            8)] })[1].Outcome.ShouldBe(ModuleOutcome.Refused);
    }

    [Fact]
    public void A_symbol_of_a_module_of_the_build_names_that_module()
    {
        Check(Module("user", "of_module")).Single().Findings.Single().Message.ShouldContain("drivers/other/other, a module of the "
            + "kernel's own build");
    }

    [Fact]
    public void Proprietary_modules_get_no_GPL_only_symbol_and_pass_their_licence_on()
    {
        var secret = Module("secret", "kfree") with { License = "Proprietary", Exports = [("helper", 7, false, "")] };
        var versions = new[] { ("module_layout", 1ul), ("helper", 7ul), ("gpl_only", 3ul), ("kfree", 2ul) };

        Check(Module("direct", "gpl_only") with { License = "Proprietary" }).Single().Findings.Single().Code
            .ShouldBe(DiagnosticCodes.ModuleSymbolForbidden);
        Check(secret, Module("heir", "helper", "gpl_only") with { Versions = versions })[1].Findings.Single().Message
            .ShouldContain("takes symbols from a proprietary module");
        Check(secret, Module("user", "gpl_only", "helper") with { Versions = versions })[1].Findings.Single().Message
            .ShouldContain("from the proprietary module secret");
        Check(secret, Module("modest", "helper", "kfree") with { Versions = versions })[1].Outcome.ShouldBe(ModuleOutcome.Loads);
    }

    [Fact]
    public void Namespaces_are_imported_allowed_unknown_or_reserved_for_modules_by_name()
    {
        var user = Module("user", "spaced");

        Check(user).Single().Findings.Single().Consequence.ShouldContain("refuses");
        Check(user with { Information = ["import_ns=CRYPTO"] }).Single().Outcome.ShouldBe(ModuleOutcome.Loads);
        Check(_kernel with { Rules = _kernel.Rules with { MissingNamespacesAllowed = true } }, user).Single()
            .ShouldSatisfyAllConditions(v => v.Outcome.ShouldBe(ModuleOutcome.Loads), v => v.Findings.Length.ShouldBe(1));
        Check(_kernel with { Rules = _kernel.Rules with { MissingNamespacesAllowed = null } },
            user).Single().ShouldSatisfyAllConditions(
                v => v.Outcome.ShouldBe(ModuleOutcome.Unknown),
                v => v.Findings.Single().Code.ShouldBe(DiagnosticCodes.ModuleCheckIncomplete));
        Check(Module("vfio_pci", "reserved"), Module("kvm", "reserved")).ShouldAllBe(v => v.Outcome == ModuleOutcome.Loads);
        Check(Module("kvm_intel", "reserved") with { Information = ["import_ns=module:kvm,vfio-*"] }).Single().Outcome.ShouldBe(
            ModuleOutcome.Refused);
    }

    [Fact]
    public void Extended_versions_count_in_kernels_that_know_them()
    {
        var module = Module("new", "kfree") with { Versions = [], ExtendedVersions = [("module_layout", 1), ("kfree", 9)] };

        Check(module).Single().Outcome.ShouldBe(ModuleOutcome.Loads);
        Check(_kernel with { Rules = _kernel.Rules with { ExtendedVersions = true } }, module).Single().Findings.Single().Message
            .ShouldContain("'kfree'");
    }

    [Fact]
    public void Signatures_live_patches_PLTs_and_common_symbols_are_judged_as_the_kernel_was_built()
    {
        KernelInterface With(ModuleRules rules) => _kernel with { Rules = rules };
        var module = Module("plain");

        Check(With(_kernel.Rules with { SignaturesEnforced = true }), module).Single().Findings.Single().Code
            .ShouldBe(DiagnosticCodes.ModuleSignatureRefused);
        Check(module with { Information = ["livepatch=Y"] }).Single().Outcome.ShouldBe(ModuleOutcome.Refused);
        Check(With(_kernel.Rules with { PltSections = true }),
            module with { HasPlt = false }).Single().Outcome.ShouldBe(ModuleOutcome.Refused);
        Check(module with { Common = "tentative" }).Single().Findings.Single().Message.ShouldContain("'tentative'");
        Check(With(_kernel.Rules with { ForceLoad = true }),
            module with { Versions = null }).Single().Outcome.ShouldBe(ModuleOutcome.Loads);
        Check(module with { Versions = null, Vermagic = null }).Single().Findings.Length.ShouldBe(2);
    }

    [Fact]
    public void What_is_not_known_of_a_kernel_makes_verdicts_unknown_and_a_kernel_without_modules_loads_none()
    {
        var module = Module("plain", "kfree");

        Check(new KernelInterface { Vermagic = _kernel.Vermagic }, module).Single().Outcome.ShouldBe(ModuleOutcome.Unknown);
        Check(_kernel with { Vermagic = null }, module).Single().Outcome.ShouldBe(ModuleOutcome.Unknown);
        Check(_kernel with { Exports = [.. _kernel.Exports.Select(symbol => symbol with { Crc = null })] }, module).Single().Outcome
            .ShouldBe(ModuleOutcome.Unknown);
        Check(_kernel.With(ModuleConfiguration.Parse("CONFIG_ARM64=y\n")),
            module).Single().Findings.Single().Fix.ShouldContain("CONFIG_MODULES=y");
    }

    [Fact]
    public void Two_modules_that_export_the_same_and_one_that_is_built_in_are_found()
    {
        var one = Module("one") with { Exports = [("helper", 7, false, "")] };

        Check(one, one with { Name = "two" })[1].Findings.Single().Code.ShouldBe(DiagnosticCodes.ModuleExportsTwice);
        Check(one with { Exports = [("kfree", 2, true, "")] }).Single().Findings.Single().Fix.ShouldContain("set its option to m");
    }

    [Fact]
    public void KMI_lists_the_source_and_the_stock_kernel_explain_a_missing_symbol()
    {
        var causes = new SymbolCauses
        {
            Lists = [KmiSymbolList.Parse("[abi_symbol_list]\n# commonly used\n  lost\n\n  other # why\n", "abi_gki_aarch64_x")],
            Source = new Dictionary<string, string> { ["lost"] = "drivers/lost.c exports it, and CONFIG_LOST is off: switch it on" },
            Stock = new KernelInterface { Exports = [Kernel("lost", 1)] },
        };

        var fix = ModuleChecker.Check(_kernel, [Read(Module("user", "lost"))], causes).Single().Findings.Single().Fix;

        fix.ShouldContain("abi_gki_aarch64_x promises it");
        fix.ShouldContain("CONFIG_LOST is off");
        fix.ShouldContain("the stock kernel exports it");
    }

    private static ExportedSymbol Kernel(string name, uint crc) => new(name, crc, false, "", ExportedSymbol.Kernel);

    private static SyntheticModule Module(string name, params string[] imports) => new(name)
    {
        Imports = imports,
        Versions =
        [
            ("module_layout", 1),
            .. imports.Select(import => (import, (ulong)(_kernel.Exports.FirstOrDefault(symbol => symbol.Name == import)?.Crc
                ?? import switch { "helper" => 7u, "more" => 8u, _ => 0u }))),
        ],
    };

    private static ImmutableArray<ModuleVerdict> Check(params SyntheticModule[] modules) => Check(_kernel, modules);

    private static ImmutableArray<ModuleVerdict> Check(KernelInterface kernel, params SyntheticModule[] modules) =>
        ModuleChecker.Check(kernel, modules.Select(Read));

    private static KernelModule Read(SyntheticModule module) =>
        ModuleReader.TryRead(module.ToArray(), module.Name + ".ko", out var read, out var error) ? read
            : throw new DiagnosticException(error);
}
