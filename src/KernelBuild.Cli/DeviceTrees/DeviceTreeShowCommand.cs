using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.DeviceTrees.Printing;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.DeviceTrees;

/// <summary><c>kernelbuild dt show FILE</c>.</summary>
internal static class DeviceTreeShowCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A .dtb or .dtbo, several in one file, or a kernel with trees appended" };
        var node = new Option<string?>("--node") { Description = "Only this node: a path, an alias or &label" };
        var json = new Option<bool>("--json") { Description = "Write one JSON document; its shape is in docs/guide/device-trees.md" };
        var command = new Command(
            "show",
            "Prints trees as source that dtc compiles to an equal tree.\n\n"
            + "Examples:\n"
            + "  kernelbuild dt show board.dtb > board.dts\n"
            + "  kernelbuild dt show board.dtb --node '&apps_smmu'\n"
            + "  kernelbuild dt show board.dtb --json | jq '.trees[0].root.properties'")
        {
            file,
            node,
            json,
        };
        command.OnRun((result, output, errors) => Run(
            result.GetValue(file)!, result.GetValue(node), result.GetValue(json), output, errors));
        return command;
    }

    private static int Run(string file, string? place, bool json, TextWriter output, TextWriter errors)
    {
        if (!DeviceTreeFile.TryReadAll(file, out var sequence, out var error))
        {
            throw new DiagnosticException(error);
        }

        var infos = new List<DeviceTreeInfo>();
        long offset = 0;
        for (var i = 0; i < sequence.Trees.Length; i++)
        {
            offset += sequence.Gaps[i].Length;
            var tree = sequence.Trees[i];
            var index = new DeviceTreeIndex(tree);
            var node = index.Root;
            if (place is not null && !index.TryFind(place, out node, out error))
            {
                throw new DiagnosticException(error with { File = file });
            }

            if (json)
            {
                infos.Add(DeviceTreeInfo.From(tree, offset, node!));
            }
            else if (!TryPrint(tree, place is null ? null : node, output, out error))
            {
                throw new DiagnosticException(error with { File = file });
            }

            offset += tree.StoredLength ?? 0;
        }

        if (json)
        {
            JsonOutput.Write(output, new DeviceTreeShowReport(file, infos), DeviceTreeJson.Default.DeviceTreeShowReport);
        }

        return ExitCode.Done;
    }

    private static bool TryPrint(DeviceTree tree, LocatedNode? node, TextWriter output, out Diagnostic error)
    {
        error = null!;
        try
        {
            if (node is null)
            {
                DtsWriter.Write(tree, output);
            }
            else
            {
                DtsWriter.Write(tree, node, output);
            }

            return true;
        }
        catch (DiagnosticException exception)
        {
            error = exception.Diagnostics[0];
            return false;
        }
    }
}
