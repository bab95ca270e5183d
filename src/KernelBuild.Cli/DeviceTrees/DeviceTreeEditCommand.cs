using System.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.DeviceTrees.Printing;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.DeviceTrees;

/// <summary><c>kernelbuild dt edit FILE --set PATH:PROPERTY=VALUE --output FILE</c>.</summary>
internal static class DeviceTreeEditCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The tree" };
        var deleteNode = new Option<string[]>("--delete-node") { Description = "Delete PLACE and all below it, first of all edits" };
        var deleteProperty = new Option<string[]>("--delete-property") { Description = "Delete PLACE:PROPERTY, then" };
        var addNode = new Option<string[]>("--add-node") { Description = "Add an empty node PATH, then" };
        var set = new Option<string[]>("--set")
        {
            Description = "Set PLACE:PROPERTY=VALUE, last; VALUE as in a source: <0x1 &label>, \"text\", [00 ff], or nothing",
        };
        var output = new Option<string>("--output", "-o") { Description = "The file to write", Required = true };
        var json = new Option<bool>("--json") { Description = "Write the findings as one JSON document" };
        var command = new Command(
            "edit",
            "Changes nodes and properties; all else stays byte for byte. A PLACE is a path, an alias or &label.\n\n"
            + "Examples:\n"
            + "  kernelbuild dt edit board.dtb --set '/soc/iommu@15000000:dma-coherent=' -o patched.dtb\n"
            + "  kernelbuild dt edit board.dtb --set '/soc/pcie@1c00000:iommu-map=<0x100 &smmu 0x1c01 1>' -o patched.dtb")
        {
            file,
            deleteNode,
            deleteProperty,
            addNode,
            set,
            output,
            json,
        };
        command.SetAction(result =>
        {
            var edits = new Edits(
                result.GetValue(deleteNode) ?? [], result.GetValue(deleteProperty) ?? [], result.GetValue(addNode) ?? [],
                result.GetValue(set) ?? []);
            var findings = new List<Diagnostic>();
            DeviceTree? edited = null;
            if (!DeviceTreeFile.TryRead(result.GetValue(file)!, out var tree, out var error)
                || !TryEdit(tree, edits, findings, out edited, out error))
            {
                findings.Add(error);
            }

            return DeviceTreeResult.Write(
                result.GetValue(output)!, edited, findings, result.GetValue(json), result.InvocationConfiguration.Output,
                result.InvocationConfiguration.Error);
        });
        return command;
    }

    private static bool TryEdit(DeviceTree tree, Edits edits, List<Diagnostic> findings, out DeviceTree? edited, out Diagnostic error)
    {
        edited = tree;
        foreach (var place in edits.DeleteNodes)
        {
            if (!TryPath(edited, place, out var path, out error) || !edited.TryDeleteNode(path, out edited, out var warnings, out error!))
            {
                return Fail(out edited);
            }

            findings.AddRange(warnings);
        }

        foreach (var edit in edits.DeleteProperties)
        {
            if (!TrySplit(edit, out var place, out var property, out error)
                || !TryPath(edited, place, out var path, out error)
                || !edited.TryDeleteProperty(path, property, out edited, out error!))
            {
                return Fail(out edited);
            }
        }

        foreach (var path in edits.AddNodes)
        {
            if (!edited.TryAddNode(path, out edited, out error!))
            {
                return Fail(out edited);
            }
        }

        foreach (var edit in edits.Sets)
        {
            var equals = edit.IndexOf('=', StringComparison.Ordinal);
            var target = equals < 0 ? edit : edit[..equals];
            var index = new DeviceTreeIndex(edited);
            if (!TrySplit(target, out var place, out var property, out error)
                || !TryPath(edited, place, out var path, out error)
                || !PropertyTextParser.TryParse(index, equals < 0 ? "" : edit[(equals + 1)..], out var value, out error!))
            {
                return Fail(out edited);
            }

            edited = edited.WithProperty(path, new DeviceTreeProperty(property, value));
        }

        error = null!;
        return true;

        static bool Fail(out DeviceTree? edited)
        {
            edited = null;
            return false;
        }
    }

    private static bool TryPath(DeviceTree tree, string place, out string path, out Diagnostic error)
    {
        path = place;
        error = null!;
        if (place.StartsWith('/'))
        {
            return true;
        }

        if (!new DeviceTreeIndex(tree).TryFind(place, out var node, out error!))
        {
            return false;
        }

        path = node.Path;
        return true;
    }

    private static bool TrySplit(string text, out string place, out string property, out Diagnostic error)
    {
        var colon = text.LastIndexOf(':');
        place = colon < 0 ? "" : text[..colon];
        property = text[(colon + 1)..];
        error = Diagnostic.Error(
            DiagnosticCodes.UsageInvalid, $"'{text}' names no property: it is written PLACE:PROPERTY",
            "such as /soc/pcie@1c00000:iommu-map");
        return place.Length > 0 && property.Length > 0;
    }

    private sealed record Edits(string[] DeleteNodes, string[] DeleteProperties, string[] AddNodes, string[] Sets);
}
