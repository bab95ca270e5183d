using System.Collections.Immutable;
using KernelBuild.KernelImages.Modules;

namespace KernelBuild.Testing.KernelImages;

/// <summary>Debian's modules of VFIO as they are and with one thing changed, in the order in which they are loaded.</summary>
public static class ModuleScenarios
{
    public static ImmutableArray<ModuleScenario> OfDebian(string series, KernelInterface kernel)
    {
        byte[] Stock(string name) => DebianKernels.ReadModule(series, name);
        EditedModule Edit(string name) => new(Stock(name));
        ModuleStep Whole(string name) => new(name, Stock(name));
        ModuleScenario One(string name, EditedModule module, string file = "vfio_virqfd") =>
            new(name, [new ModuleStep(file, module.ToArray())]);
        EditedModule Virqfd() => Edit("vfio_virqfd");
        ModuleScenario Signed(string name, byte[] fields) =>
            new(name, [new ModuleStep("vfio_virqfd", [.. Virqfd().ToArray(), .. new byte[16], .. fields,
                .. "~Module signature appended~\n"u8])]);
        var release = kernel.Release!;
        var magic = "vermagic=" + kernel.Vermagic;
        var (spaced, crc) = kernel.Exports
            .Where(symbol => symbol.Namespace == "SUNXI_CCU" && symbol.Name.Length <= "eventfd_ctx_fileget".Length)
            .Select(symbol => (symbol.Name, symbol.Crc))
            .First();
        EditedModule Spaced() =>
            Virqfd().Replace(".strtab", "eventfd_ctx_fileget", spaced).RenameVersion("eventfd_ctx_fileget", spaced).SetCrc(spaced,
                crc!.Value);
        return
        [
            new("as_they_are", [Whole("vfio_virqfd"), Whole("vfio"), Whole("vfio-pci-core"), Whole("vfio-pci"), Whole("vfio_iommu_type1")]),
            One("unsigned", Virqfd()),
            One("other_release", Virqfd().Replace(".modinfo", magic, magic.Replace(release, "6.1.0-1-x", StringComparison.Ordinal))),
            One("no_mod_unload", Virqfd().Replace(".modinfo", magic, magic.Replace("mod_unload ", "", StringComparison.Ordinal))),
            One("no_modversions", Virqfd().Replace(".modinfo", magic, magic.Replace("modversions ", "", StringComparison.Ordinal))),
            One("preempt", Virqfd().Replace(".modinfo", magic, magic.Replace(release, "6.1.0", StringComparison.Ordinal)
                .Replace("SMP ", "SMP preempt ", StringComparison.Ordinal))),
            One("no_vermagic", Virqfd().Replace(".modinfo", magic, "")),
            One("other_layout", Virqfd().SetCrc("module_layout", 0x12345678)),
            One("other_crc", Virqfd().SetCrc("kfree", 0x12345678)),
            One("wide_crc", Virqfd().SetCrc("kfree", kernel.Exports.First(symbol => symbol.Name == "kfree").Crc!.Value | (1ul << 32))),
            One("crc_unnamed", Virqfd().RenameVersion("kfree", "kfref")),
            One("layout_unnamed", Virqfd().RenameVersion("module_layout", "module_lay")),
            One("no_versions", Virqfd().Replace(".shstrtab", "__versions", "__Versions")),
            One("no_versions_other_release", Virqfd()
                .Replace(".shstrtab", "__versions", "__Versions")
                .Replace(".modinfo", magic, magic.Replace(release, "6.1.0-1-x", StringComparison.Ordinal))),
            One("dropped_symbol", Virqfd().Replace(".strtab", "eventfd_ctx_fileget", "eventfd_ctx_filegex")),
            One("dropped_weak_symbol", Virqfd().SetSymbol("eventfd_ctx_fileget", binding: 2).Replace(".strtab", "eventfd_ctx_fileget",
                "eventfd_ctx_filegex")),
            One("weak_symbol_of_other_type", Virqfd().SetSymbol("eventfd_ctx_fileget", binding: 2).SetCrc("eventfd_ctx_fileget", 1)),
            One("common_symbol", Virqfd().SetSymbol("eventfd_ctx_fileget", section: 0xfff2)),
            One("proprietary", Virqfd().Replace(".modinfo", "license=GPL v2", "license=Secret")),
            One("no_license", Virqfd().Replace(".modinfo", "license=GPL v2", "")),
            One("plain_gpl", Virqfd().Replace(".modinfo", "license=GPL v2", "license=GPL")),
            One("namespace_missing", Spaced()),
            One("no_plt", Virqfd().Replace(".shstrtab", ".init.plt", ".init.plX")),
            One("no_this_module", Virqfd().Replace(".shstrtab", ".rela.gnu.linkonce.this_module", ".rela.gnu.linkonce.that_module")),
            new("cut", [new ModuleStep("vfio_virqfd", Virqfd().ToArray()[..6000])]),
            new("no_provider", [Whole("vfio"), Whole("vfio-pci-core")]),
            new("refused_provider", [Whole("vfio_virqfd"), new ModuleStep("vfio", Edit("vfio").SetCrc("module_layout", 1).ToArray()),
                Whole("vfio-pci-core"), Whole("vfio-pci")]),
            new("provider_of_other_type",
            [
                Whole("vfio_virqfd"), Whole("vfio"), new ModuleStep("vfio-pci-core", Edit("vfio-pci-core").SetCrc("vfio_virqfd_enable",
                    1).ToArray()),
            ]),
            new("exported_twice", [Whole("vfio"), new ModuleStep("vfix", Edit("vfio").SetName("vfix").Replace(".modinfo", "name=vfio",
                "name=vfix").ToArray())]),
            Signed("signature_of_another_kind", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            Signed("signature_too_long", [0, 0, 2, 0, 0, 0, 0, 0, 0x7f, 0, 0, 0]),
            Signed("signature_with_an_algorithm", [1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 16]),
            Signed("signature_that_is_no_message", [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 16]),
        ];
    }
}
