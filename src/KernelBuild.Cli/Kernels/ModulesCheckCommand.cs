using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.KernelImages.Modules;
using KernelBuild.ModuleCheck;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel modules check KERNEL --modules SOURCE…</c>.</summary>
internal static class ModulesCheckCommand
{
    public static Command Create(ReadOnlyMemory<string> arguments) => new Command(
        "modules",
        "Kernel modules of a device against a kernel.\n\n"
        + "Example:\n"
        + "  kernelbuild kernel modules check artifacts/DEVICE --modules vendor_boot.img vendor_dlkm.img")
        .With(arguments, ("check", _ => CreateCheck()));

    private static Command CreateCheck()
    {
        var kernel = Arguments.File(
            "KERNEL", "boot.img, a compressed or raw kernel, vmlinux, Module.symvers, artifacts/DEVICE, or kbuild's output folder");
        var modules = Many("--modules", "A folder, a .ko, vendor_boot.img, init_boot.img, a ramdisk, or an ext4 or erofs image; several");
        modules.Required = true;
        var symvers = Arguments.Text("--symvers", "Module.symvers of the kernel's build, when KERNEL is an image");
        var configuration = Arguments.Text("--config", "The kernel's .config, when KERNEL does not hold it");
        var lists = Many("--kmi", "KMI symbol lists (android/abi_gki_aarch64*)");
        var tree = Arguments.Text("--tree", "The kernel's source, searched for what exports a missing symbol, and for the option that "
            + "compiles it");
        var stock = Arguments.Text("--stock", "The kernel that the modules were made for: names changed types when both kernels have BTF");
        var symtypes = Arguments.Text("--symtypes", ".symtypes files of the kernel, a file or a folder: with --stock-symtypes, names what changed in a "
            + "type, as genksyms saw it");
        var stockSymtypes = Arguments.Text("--stock-symtypes", "The same of the kernel that the modules were made for");
        var patches = Many("--patches", "Patch series of the build (folders with a series file): names the patch that took a symbol out or changed a "
            + "type; artifacts/DEVICE names its own");
        var json = new Option<bool>("--json") { Description = "Write one JSON document; its shape is in docs/guide/modules-check.md" };
        var command = new Command(
            "check",
            "Says which modules the kernel will load, which it will refuse, and why, by Linux's own rules: version magic, symbols and "
                + "their "
            + "checksums, licences, namespaces, signatures, modules that others need.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel modules check artifacts/DEVICE --modules vendor_boot.img vendor_dlkm.img\n"
            + "  kernelbuild kernel modules check boot.img --modules pulled/ --symvers Module.symvers --stock stock-boot.img")
        {
            kernel, modules, symvers, configuration, lists, tree, stock, symtypes, stockSymtypes, patches, json,
        };
        command.OnRunAsync(async (result, output, _, cancellationToken) =>
        {
            var under = KernelUnderTest.Read(result.GetValue(kernel)!, result.GetValue(symvers), result.GetValue(configuration));
            var set = await ModuleSet.ReadAsync(result.GetValue(modules) ?? [], cancellationToken);
            var causes = new SymbolCauses
            {
                Lists = [.. (result.GetValue(lists) ?? []).Select(ReadList)],
                Source = result.GetValue(tree) is { } folder
                    ? SourceExports.Find(RequireTree(folder), set.Missing(under.Interface), under.Interface.Configuration,
                        cancellationToken)
                    : null,
                Patches = [.. (result.GetValue(patches) is { Length: > 0 } given ? given : KernelUnderTest.PatchSeriesOf(result.GetValue(kernel)!))
                    .SelectMany(PatchEffects.Read)],
                Symtypes = ReadSymtypes(result.GetValue(stockSymtypes), result.GetValue(symtypes)),
                Stock = result.GetValue(stock) is { } other ? KernelUnderTest.Read(other).Interface : null,
            };
            var report = ModulesCheckReport.Of(result.GetValue(kernel)!, under, set, causes, out var findings);
            if (result.GetValue(json))
            {
                JsonOutput.Write(output, report, KernelJson.Default.ModulesCheckReport);
            }
            else
            {
                ModulesCheckText.Write(report, findings, output);
            }

            return ExitCode.Of(findings);
        });
        return command;
    }

    private static Option<string[]> Many(string name, string description) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true };

    private static KmiSymbolList ReadList(string path) =>
        KmiSymbolList.Parse(System.Text.Encoding.UTF8.GetString(InputFile.Read(path).Span), Path.GetFileName(path));

    private static (SymbolTypes Then, SymbolTypes Now)? ReadSymtypes(string? then, string? now) => (then, now) switch
    {
        (null, null) => null,
        ({ } one, { } other) => (ReadSymtypes(one), ReadSymtypes(other)),
        _ => throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.UsageInvalid, "--symtypes and --stock-symtypes are compared with each other: one of them is missing", "give both")),
    };

    private static SymbolTypes ReadSymtypes(string path)
    {
        var files = Directory.Exists(path) ? Directory.GetFiles(path, "*.symtypes", SearchOption.AllDirectories) : [path];
        var types = SymbolTypes.Parse(files.Order(StringComparer.Ordinal).Select(file => System.Text.Encoding.UTF8.GetString(InputFile.Read(file).Span)));
        return types.Count > 0
            ? types
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.FileUnreadable, "no type of an exported symbol is in it", "make the files with KBUILD_SYMTYPES=1, or make FILE.symtypes") with
            { File = path });
    }

    private static string RequireTree(string folder) => Directory.Exists(folder) && File.Exists(Path.Combine(folder, "Makefile"))
        ? folder
        : throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.FileUnreadable, "there is no kernel tree here: no Makefile", "give the folder of the kernel's Makefile") with
        { File = folder });
}
