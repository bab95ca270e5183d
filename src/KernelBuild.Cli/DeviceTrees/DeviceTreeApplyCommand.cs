using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.DeviceTrees.Overlays;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.DeviceTrees;

/// <summary><c>kernelbuild dt apply FILE OVERLAY… --output FILE</c>.</summary>
internal static class DeviceTreeApplyCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The tree" };
        var overlays = new Argument<string[]>("OVERLAY")
        {
            Description = "Overlays (.dtbo, or .dtso, which dtc compiles), applied in this order; dtbo.img#7 is the overlay with the number 7 of a "
                + "dtbo image",
            Arity = ArgumentArity.OneOrMore,
        };
        var target = new Option<string>("--output", "-o") { Description = "The file to write", Required = true };
        var json = new Option<bool>("--json") { Description = "Write the findings as one JSON document" };
        var command = new Command(
            "apply",
            "Applies overlays to a tree, as fdtoverlay does, and names the node, property and label where one does not fit.\n\n"
            + "Example: kernelbuild dt apply board.dtb isolate.dtbo --output patched.dtb")
        {
            file,
            overlays,
            target,
            json,
        };
        command.OnRunAsync((result, output, errors, cancellationToken) => RunAsync(
            result.GetValue(file)!, result.GetValue(overlays)!, result.GetValue(target)!, result.GetValue(json),
            output, errors, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string file, string[] overlays, string path, bool json, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        var findings = new List<Diagnostic>();
        if (!DeviceTreeFile.TryRead(file, out var tree, out var error))
        {
            findings.Add(error);
            return DeviceTreeResult.Write(path, null, findings, json, output, errors);
        }

        foreach (var name in overlays)
        {
            DeviceTree? overlay;
            if (DeviceTreeSource.IsOne(name))
            {
                overlay = DeviceTree.Read(await DeviceTreeSource.CompileAsync(name, cancellationToken));
            }
            else if (!DeviceTreeFile.TryRead(name, out overlay, out error))
            {
                findings.Add(error);
                return DeviceTreeResult.Write(path, null, findings, json, output, errors);
            }

            if (!DeviceTreeOverlay.TryApply(tree, overlay, out var applied, out var said, out error))
            {
                findings.Add(error with { File = name });
                return DeviceTreeResult.Write(path, null, findings, json, output, errors);
            }

            findings.AddRange(said.Select(finding => finding with { File = name }));
            tree = applied;
        }

        return DeviceTreeResult.Write(path, tree, findings, json, output, errors);
    }
}
