using System.Collections.Immutable;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;
using KernelBuild.Toolchains;

namespace KernelBuild.Compile;

/// <summary>The modules, installed stripped by kbuild's modules_install, which runs depmod of the toolchain.</summary>
internal sealed class ModuleInstallation(DeviceBuild device, Toolchain toolchain)
{
    private const string Loaded = "modules.load";

    /// <summary>INSTALL_MOD_PATH.</summary>
    public string Root => Path.Combine(device.Folders.Output, "modules-install");

    /// <param name="external">Built, in the order of their dependencies.</param>
    /// <returns>Every installed file below <see cref="Root"/>, sorted.</returns>
    /// <exception cref="DiagnosticException">KB4002 with make's words. KB5036: ModuleLoad names a module that was not built.</exception>
    public async Task<ImmutableArray<string>> RunAsync(ImmutableArray<PlannedModule> external, CancellationToken cancellationToken)
    {
        if (Directory.Exists(Root))
        {
            // modules_install leaves what an earlier configuration had
            Directory.Delete(Root, recursive: true);
        }

        string[] variables = ["INSTALL_MOD_PATH=" + Root, "INSTALL_MOD_STRIP=1"];
        await InstallAsync(Make.Command(device, toolchain, ["modules_install", .. variables]), cancellationToken);
        RemoveLinks();
        var modules = new List<string>();
        foreach (var module in external)
        {
            var before = Files(Root).ToHashSet(StringComparer.Ordinal);
            await InstallAsync(ExternalModuleBuild.Command(device, toolchain, module, external, ["modules_install", .. variables]), cancellationToken);
            modules.AddRange(Files(Root).Where(file => !before.Contains(file) && file.EndsWith(".ko", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        }

        RemoveLinks();
        foreach (var folder in Folders)
        {
            WriteLoad(folder, modules);
        }

        return [.. Files(Root).Order(StringComparer.Ordinal)];
    }

    private string[] Folders => Directory.GetDirectories(Path.Combine(Root, "lib", "modules"));

    /// <summary>Links into this checkout, of use on the machine that compiled only; and whoever follows them does not come to an end.</summary>
    private void RemoveLinks()
    {
        foreach (var folder in Folders)
        {
            File.Delete(Path.Combine(folder, "build"));
            File.Delete(Path.Combine(folder, "source"));
        }
    }

    /// <summary>modules.load, which Android's first stage reads: what the project says, or everything in the order of kbuild.</summary>
    /// <param name="external">Below <see cref="Root"/>, in order.</param>
    private void WriteLoad(string folder, List<string> external)
    {
        var order = Path.Combine(folder, "modules.order");
        var all = (File.Exists(order) ? File.ReadLines(order) : [])
            .Concat(external.Select(file => Path.GetRelativePath(folder, Path.Combine(Root, file))))
            .Where(file => file.Length > 0)
            .ToArray();
        var byName = all.GroupBy(NameOf, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Last(), StringComparer.Ordinal);
        var missing = device.ModuleLoad.Where(name => !byName.ContainsKey(NameOf(name))).ToArray();
        if (missing.Length > 0 && device.VendorBoot is not { Modules: true, Stock: not null })
        {
            var near = NearestName.Among(NameOf(missing[0]), byName.Keys, 3).ToArray();
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ModulesUnplaced, $"ModuleLoad names {missing[0]}, which was not built",
                near.Length > 0 ? "did you mean " + string.Join(", ", near.Select(one => one + ".ko")) + "?" : "switch its option to m in a fragment") with
            { File = device.ProjectFile });
        }

        var loaded = device.ModuleLoad.IsEmpty
            ? all
            : device.ModuleLoad.Select(name => byName.GetValueOrDefault(NameOf(name))).OfType<string>();
        File.WriteAllText(Path.Combine(folder, Loaded), string.Concat(loaded.Select(file => file + "\n")));
    }

    private IEnumerable<string> Files(string root) => !Directory.Exists(root)
        ? []
        : Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Root, file));

    /// <summary>As the kernel knows a module.</summary>
    private static string NameOf(string file) => Path.GetFileNameWithoutExtension(file).Replace('-', '_');

    private static async Task InstallAsync(Command make, CancellationToken cancellationToken)
    {
        try
        {
            await make.RunAsync(cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            throw new DiagnosticException(
                Diagnostic.Error(DiagnosticCodes.CompilationFailed, "'make modules_install' failed", e.Diagnostics[0].Fix) with
                { Details = e.Diagnostics[0].Details },
                e);
        }
    }
}
