using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Device;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Toolchains;

namespace KernelBuild.Compile;

/// <summary>
/// The device's own .dts and .dtso files: preprocessed by clang and compiled by dtc as kbuild does it, so that they may
/// include the kernel's headers and .dtsi files; then overlays applied by fdtoverlay.
/// </summary>
internal sealed class DeviceTreeCompilation(DeviceBuild device, DeviceTreePlan plan, Toolchain toolchain)
{
    private readonly string _folder = Path.Combine(device.Folders.Output, "device-trees");

    /// <summary>Compiles what the kernel's make has not, and applies the overlays.</summary>
    /// <returns>The trees, finished; those of the stock image when the device has none of its own.</returns>
    public async Task<ImmutableArray<string>> RunAsync(BuildOutputParser parser, CancellationToken cancellationToken)
    {
        if (plan.Trees.Length + plan.Overlays.Length + plan.DtboEntries.Length == 0)
        {
            return [];
        }

        Directory.CreateDirectory(_folder);
        foreach (var tree in plan.Overlays.Concat(plan.DtboEntries.Select(entry => entry.Tree).OfType<PlannedTree>()).Where(tree => tree.MakeTarget is null))
        {
            await CompileAsync(tree.Source, tree.Output, parser, cancellationToken);
        }

        var bases = new List<(string Base, string Output)>();
        foreach (var tree in plan.Trees)
        {
            var compiled = tree.MakeTarget is { } target
                ? Path.Combine(device.Folders.Output, "arch", device.Architecture, "boot", "dts", target)
                : plan.Overlays.Length > 0 ? tree.Output + ".base" : tree.Output;
            if (tree.MakeTarget is null)
            {
                await CompileAsync(tree.Source, compiled, parser, cancellationToken);
            }

            bases.Add((compiled, tree.Output));
        }

        if (StockTrees.ImageOf(device) is { } stock)
        {
            bases.AddRange(Extract(stock));
        }

        await ApplyAsync(bases, cancellationToken);
        return [.. bases.Select(tree => tree.Output)];
    }

    private IEnumerable<(string Base, string Output)> Extract(string stock)
    {
        foreach (var (tree, i) in StockTrees.Read(stock).Select((tree, i) => (tree, i)))
        {
            var output = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"stock-{i:00}.dtb"));
            AtomicFile.Write(output + ".base", tree);
            yield return (output + ".base", output);
        }
    }

    private async Task CompileAsync(string source, string output, BuildOutputParser parser, CancellationToken cancellationToken)
    {
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

    /// <summary>Each overlay is applied to the trees it is for; one that is for none of them is a mistake.</summary>
    private async Task ApplyAsync(List<(string Base, string Output)> trees, CancellationToken cancellationToken)
    {
        if (plan.Overlays.Length == 0 || trees.Count == 0)
        {
            return;
        }

        var roots = trees.ConvertAll(tree => DeviceTree.Read(File.ReadAllBytes(tree.Base)).Root);
        foreach (var overlay in device.DeviceTreeOverlays.Where(overlay => !roots.Any(root => IsFor(overlay, root))))
        {
            var all = roots.SelectMany(root => root.Strings("compatible").Take(1)).Distinct(StringComparer.Ordinal);
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DeviceTreeMissing, $"no device tree is compatible with '{overlay.Compatible}', which the overlay is for",
                "the trees are for " + string.Join(", ", all)) with
            { File = overlay.Source });
        }

        foreach (var ((tree, output), root) in trees.Zip(roots))
        {
            var overlays = device.DeviceTreeOverlays.Zip(plan.Overlays).Where(pair => IsFor(pair.First, root)).ToArray();
            if (overlays.Length == 0)
            {
                AtomicFile.Copy(tree, output);
            }
            else
            {
                await ApplyAsync(tree, output, root, overlays, cancellationToken);
            }
        }
    }

    private static bool IsFor(TreeOverlay overlay, DeviceTreeNode root) =>
        overlay.Compatible.Length == 0 || root.IsCompatibleWith(overlay.Compatible);

    private async Task ApplyAsync(
        string tree, string output, DeviceTreeNode root, (TreeOverlay Item, PlannedTree Compiled)[] overlays, CancellationToken cancellationToken)
    {
        try
        {
            await toolchain.Command("fdtoverlay")
                .WithArguments("-i", tree, "-o", output)
                .WithArguments(overlays.Select(overlay => overlay.Compiled.Output))
                .RunAsync(cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            var name = Path.GetFileName(output) + (root.Strings("model") is [var model, ..] ? $" ({model})" : "");
            throw new DiagnosticException(
                Diagnostic.Error(
                    DiagnosticCodes.DeviceTreeError,
                    $"the overlays do not apply to {name}",
                    root.Children.Any(child => child.Name == "__symbols__")
                        ? "FDT_ERR_NOTFOUND means a label or path that this tree does not have; Compatible on the item names the trees it is for"
                        : "the tree has no labels (no __symbols__ node): write target-path = \"/soc/…\" instead of &label, and give "
                            + "phandles as numbers") with
                { File = overlays[0].Item.Source, Details = e.Diagnostics[0].Details },
                e);
        }
    }
}
