using System.Collections.Immutable;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Toolchains;

namespace KernelBuild.Compile;

/// <summary>The kernel's modules, installed stripped by kbuild's modules_install, which runs depmod of the toolchain.</summary>
internal sealed class ModuleInstallation(DeviceBuild device, Toolchain toolchain)
{
    /// <summary>INSTALL_MOD_PATH.</summary>
    public string Root => Path.Combine(device.Folders.Output, "modules-install");

    /// <returns>Every installed file below <see cref="Root"/>, sorted.</returns>
    /// <exception cref="DiagnosticException">KB4002 with make's words.</exception>
    public async Task<ImmutableArray<string>> RunAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(Root))
        {
            // modules_install leaves what an earlier configuration had
            Directory.Delete(Root, recursive: true);
        }

        try
        {
            await Make.Command(device, toolchain, "modules_install", "INSTALL_MOD_PATH=" + Root, "INSTALL_MOD_STRIP=1").RunAsync(cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            throw new DiagnosticException(
                Diagnostic.Error(DiagnosticCodes.CompilationFailed, "'make modules_install' failed", e.Diagnostics[0].Fix) with
                { Details = e.Diagnostics[0].Details },
                e);
        }

        foreach (var folder in Directory.EnumerateDirectories(Path.Combine(Root, "lib", "modules")))
        {
            // links into this checkout, of use on the machine that compiled only
            File.Delete(Path.Combine(folder, "build"));
            File.Delete(Path.Combine(folder, "source"));
        }

        return
        [
            .. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Root, file))
                .Order(StringComparer.Ordinal),
        ];
    }
}
