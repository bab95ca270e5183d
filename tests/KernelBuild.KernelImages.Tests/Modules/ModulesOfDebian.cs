using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Modules;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Modules;

/// <summary>What is read of kernels and modules against modpost's Module.symvers, modprobe, modinfo and nm.</summary>
public sealed class ModulesOfDebian
{
    private static readonly string[] _names = ["vfio_virqfd", "vfio", "vfio-pci-core", "vfio-pci", "vfio_iommu_type1"];

    [FactWithKernel("6.1 build")]
    public void The_image_exports_what_modpost_wrote_into_Module_symvers()
    {
        SymversFile.TryRead(File.ReadAllText(DebianKernels.Symvers("6.1")), "Module.symvers", out var stated,
            out var error).ShouldBeTrue(error?.ToString());
        var expected = stated.Where(symbol => symbol.Owner == ExportedSymbol.Kernel).OrderBy(symbol => symbol.Name, StringComparer.Ordinal);

        var found = ImageExports.Find(DebianKernels.Open("6.1"));

        found.OrderBy(symbol => symbol.Name, StringComparer.Ordinal).ShouldBe(expected);
        found.Length.ShouldBeGreaterThan(10_000);
    }

    [FactWithKernel("5.10")]
    public void An_image_of_5_10_with_memset_exported_twice_has_all_of_its_symbols_and_checksums()
    {
        var found = ImageExports.Find(DebianKernels.Open("5.10"));

        found.Count(symbol => symbol.Name == "memset").ShouldBe(2);
        found.ShouldContain(symbol => symbol.Name == "kfree" && !symbol.IsGplOnly);
        found.ShouldContain(symbol => symbol.Name == "vfs_fsync" && !symbol.IsGplOnly);
        found.ShouldContain(symbol => symbol.Name == "device_register" || (symbol.Name == "device_add" && symbol.IsGplOnly));
        found.All(symbol => symbol.Crc is not null).ShouldBeTrue();
    }

    [FactWithKernel("7.x")]
    public void An_image_of_7_2_says_by_a_flag_what_is_for_GPL_modules_only()
    {
        var kernel = KernelInterface.Of(DebianKernels.Open("7.x"));

        kernel.Exports.ShouldContain(symbol => symbol.Name == "kfree" && !symbol.IsGplOnly);
        kernel.Exports.ShouldContain(symbol => symbol.Name == "device_add" && symbol.IsGplOnly);
        kernel.HasVersions.ShouldBe(false);
    }

    [FactWithKernel("6.1", "modinfo", "modprobe", "nm")]
    public void A_module_s_versions_exports_imports_and_texts_are_those_that_other_programs_read()
    {
        using var folder = new TestFolder();
        foreach (var name in _names)
        {
            var path = folder.Write(name + ".ko", DebianKernels.ReadModule("6.1", name));
            var module = Read(name);

            module.Versions.Select(version => $"0x{version.Crc:x8}\t{version.Name}")
                .ShouldBe(Lines(folder.Path, "modprobe", "--dump-modversions", path));
            if (module.Exports.Length > 0)
            {
                // of a module without exports it says "could not get symbols"
                module.Exports.Select(export => $"0x{export.Crc:x8}\t{export.Name}").Order()
                    .ShouldBe(Lines(folder.Path, "modprobe", "--show-exports", path).Order());
            }

            module.Imports.Select(import => import.Name).Order()
                .ShouldBe(Lines(folder.Path, "nm", "-u", path).Select(line => line.Trim().Split(' ')[^1]).Order());
            foreach (var key in (string[])["vermagic", "license", "depends", "name"])
            {
                module.Find(key).ShouldBe(Oracle.Text(folder.Path, "modinfo", "-F", key, path));
            }

            module.Signature.ShouldBe(ModuleSignature.Present);
        }
    }

    [FactWithKernel("6.1 build")]
    public void Debian_s_modules_all_load_into_Debian_s_kernel_and_none_into_the_next_series()
    {
        var modules = _names.Select(Read).ToArray();

        ModuleChecker.Check(KernelInterface.Of(DebianKernels.Open("6.1")), modules)
            .ShouldAllBe(verdict => verdict.Outcome == ModuleOutcome.Loads && verdict.Findings.IsEmpty);
        ModuleChecker.Check(KernelInterface.Of(DebianKernels.Open("6.12")), modules)
            .ShouldAllBe(verdict => verdict.Outcome == ModuleOutcome.Refused
                && verdict.Findings.Any(finding => finding.Code == DiagnosticCodes.ModuleSymbolVersionDiffers));
    }

    [FactWithKernel("6.1")]
    public void The_version_magic_of_a_configuration_is_the_one_in_the_image()
    {
        foreach (var series in new[] { "6.1", "6.12", "5.10" }.Where(DebianKernels.Has))
        {
            var kernel = KernelInterface.Of(DebianKernels.Open(series));
            KernelVermagic.Of(kernel.Release!, ModuleConfiguration.Parse(string.Join('\n', DebianKernels.Configuration(series))))
                .ShouldBe(kernel.Vermagic, series);
        }
    }

    [FactWithKernel("6.1")]
    public void What_the_code_proves_of_the_loader_s_rules_is_what_the_configuration_says()
    {
        foreach (var series in new[] { "6.1", "6.12", "5.10" }.Where(DebianKernels.Has))
        {
            var rules = KernelInterface.Of(DebianKernels.Open(series)).Rules;
            var said = new ModuleRules().With(ModuleConfiguration.Parse(string.Join('\n', DebianKernels.Configuration(series))));
            rules.ForceLoad.ShouldBe(said.ForceLoad, series);
            rules.Signatures.ShouldBe(said.Signatures, series);
            rules.LivePatch.ShouldBe(said.LivePatch, series);
            rules.MissingNamespacesAllowed.ShouldBe(said.MissingNamespacesAllowed, series);
            rules.PltSections.ShouldBe(true, series);
        }
    }

    [FactWithKernel("6.12")]
    public void A_changed_type_is_named_from_the_types_of_both_kernels()
    {
        var (then, now) = (KernelInterface.Of(DebianKernels.Open("6.1")).Types, KernelInterface.Of(DebianKernels.Open("6.12")).Types);

        TypeDifference.Of(then!, now!, "module_layout")!.ShouldContain("struct ");
        TypeDifference.Of(then!, then!, "module_layout").ShouldBeNull();
    }

    private static KernelModule Read(string name) =>
        ModuleReader.TryRead(DebianKernels.ReadModule("6.1", name), name + ".ko", out var module, out var error)
            ? module
            : throw new DiagnosticException(error);

    private static string[] Lines(string folder, string program, params string[] arguments) =>
        [.. Oracle.Text(folder, program, arguments).Split('\n').Where(line => line.Length > 0)];
}
