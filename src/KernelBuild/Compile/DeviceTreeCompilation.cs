using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Toolchains;

namespace KernelBuild.Compile;

/// <summary>
/// The device's own .dts and .dtso files: preprocessed by clang and compiled by dtc as kbuild does it, so that they may
/// include the kernel's headers and .dtsi files; then overlays applied by fdtoverlay.
/// </summary>
internal sealed class DeviceTreeCompilation(DeviceBuild device, Toolchain toolchain)
{
    /// <summary>Whether an item names a tree of the kernel, rather than a file of the device's own.</summary>
    public static bool IsInKernel(string item) => !Path.IsPathRooted(item);

    /// <summary>Where the result of an item stands.</summary>
    public static string OutputOf(DeviceBuild device, string item)
    {
        var extension = item.EndsWith(".dtso", StringComparison.Ordinal) ? ".dtbo" : ".dtb";
        var merged = device.DeviceTreeOverlays.Length > 0 && extension == ".dtb";
        return IsInKernel(item) && !merged
            ? KernelOutput(device, item)
            : Path.Combine(device.Folders.Output, "device-trees", Path.ChangeExtension(Path.GetFileName(item), extension));
    }

    public async Task RunAsync(BuildOutputParser parser, CancellationToken cancellationToken)
    {
        if (device.DeviceTrees.Length + device.DeviceTreeOverlays.Length == 0)
        {
            return;
        }

        Directory.CreateDirectory(Path.Combine(device.Folders.Output, "device-trees"));
        foreach (var overlay in device.DeviceTreeOverlays)
        {
            await CompileAsync(overlay, OutputOf(device, overlay), parser, cancellationToken);
        }

        foreach (var tree in device.DeviceTrees)
        {
            var output = OutputOf(device, tree);
            var compiled = IsInKernel(tree) ? KernelOutput(device, tree) : device.DeviceTreeOverlays.Length > 0 ? output + ".base" : output;
            if (!IsInKernel(tree))
            {
                await CompileAsync(tree, compiled, parser, cancellationToken);
            }

            if (device.DeviceTreeOverlays.Length > 0)
            {
                await ApplyAsync(compiled, output, cancellationToken);
            }
        }
    }

    private static string KernelOutput(DeviceBuild device, string item) =>
        Path.Combine(device.Folders.Output, "arch", device.Architecture, "boot", "dts", Path.ChangeExtension(item, ".dtb"));

    private async Task CompileAsync(string source, string output, BuildOutputParser parser, CancellationToken cancellationToken)
    {
        if (!File.Exists(source))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DeviceTreeMissing, $"the device tree source '{source}' does not exist",
                "correct the DeviceTree or DeviceTreeOverlay item") with
            { File = device.ProjectFile });
        }

        var tree = device.KernelRoot;
        var preprocessed = output + ".dts.tmp";
        var before = parser.Errors.Count;
        try
        {
            await (toolchain.Command(toolchain.Plan.Compiler) with { OnError = parser.Read }).WithArguments(
                "-E", "-nostdinc", "-undef", "-D__DTS__", "-x", "assembler-with-cpp",
                "-I", Path.GetDirectoryName(source)!,
                "-I", Path.Combine(tree, "include"),
                "-I", Path.Combine(tree, "scripts", "dtc", "include-prefixes"),
                "-I", Path.Combine(tree, "arch", device.Architecture, "boot", "dts"),
                "-o", preprocessed, source).RunAsync(cancellationToken);
            await (toolchain.Command("dtc") with { OnError = parser.Read }).WithArguments(
                "-q", "-@", "-I", "dts", "-O", "dtb", "-i", Path.GetDirectoryName(source)!, "-o", output, preprocessed)
                .RunAsync(cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            var found = parser.Errors.Skip(before).ToArray();
            throw new DiagnosticException(found.Length > 0
                ? found
                : [Diagnostic.Error(DiagnosticCodes.DeviceTreeError, "the device tree does not compile") with
                {
                    File = source,
                    Details = e.Diagnostics[0].Details,
                }]);
        }
        finally
        {
            File.Delete(preprocessed);
        }
    }

    private async Task ApplyAsync(string tree, string output, CancellationToken cancellationToken)
    {
        try
        {
            await toolchain.Command("fdtoverlay")
                .WithArguments("-i", tree, "-o", output)
                .WithArguments(device.DeviceTreeOverlays.Select(overlay => OutputOf(device, overlay)))
                .RunAsync(cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            throw new DiagnosticException(
                Diagnostic.Error(
                    DiagnosticCodes.DeviceTreeError,
                    $"the overlays do not apply to {Path.GetFileName(tree)}",
                    "FDT_ERR_NOTFOUND means a label or path that this tree does not have") with
                { File = device.DeviceTreeOverlays[0], Details = e.Diagnostics[0].Details },
                e);
        }
    }
}
