using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.DeviceTrees.Comparison;

namespace KernelBuild.Cli.DeviceTrees;

/// <summary><c>kernelbuild dt diff BEFORE AFTER</c>.</summary>
internal static class DeviceTreeDiffCommand
{
    public static Command Create()
    {
        var before = new Argument<string>("BEFORE") { Description = "A tree" };
        var after = new Argument<string>("AFTER") { Description = "Another one" };
        var json = new Option<bool>("--json") { Description = "Write one JSON document; its shape is in docs/guide/device-trees.md" };
        var command = new Command(
            "diff",
            "Shows what differs in meaning: order and the numbers of phandles do not count. Exit code 1 when anything does.\n\n"
            + "Example: kernelbuild dt diff board.dtb patched.dtb")
        {
            before,
            after,
            json,
        };
        command.OnRun((result, output, errors) => Run(
            result.GetValue(before)!, result.GetValue(after)!, result.GetValue(json), output, errors));
        return command;
    }

    private static int Run(string before, string after, bool json, TextWriter output, TextWriter errors)
    {
        if (!DeviceTreeFile.TryRead(before, out var old, out var error) || !DeviceTreeFile.TryRead(after, out var young, out error))
        {
            // 1 says that they differ: as with diff(1), all trouble is 2
            CommandFrame.Warn([error], errors);
            return ExitCode.UsageOrEnvironment;
        }

        var changes = DeviceTreeComparison.Compare(old, young);
        if (json)
        {
            JsonOutput.Write(output, new DeviceTreeDiffReport(
                before, after,
                [.. changes.Select(change => new ChangeInfo(
                    NameOf(change.Kind), change.Path, change.Property, change.Before, change.After))]),
                DeviceTreeJson.Default.DeviceTreeDiffReport);
        }
        else
        {
            foreach (var change in changes)
            {
                Write(change, output);
            }
        }

        return changes.IsEmpty ? ExitCode.Done : ExitCode.Findings;
    }

    private static void Write(DeviceTreeChange change, TextWriter output)
    {
        if (change.Property is null)
        {
            output.WriteLine(change.Kind switch
            {
                DeviceTreeChangeKind.NodeAdded => Node('+', change.Path, change.After),
                DeviceTreeChangeKind.NodeRemoved => Node('-', change.Path, change.Before),
                _ when change.Before is null => $"+ {change.After}",
                _ => $"- {change.Before}",
            });
            return;
        }

        var place = $"{change.Path}:{change.Property}";
        if (change.Before is not null)
        {
            output.WriteLine($"- {place} = {change.Before};");
        }

        if (change.After is not null)
        {
            output.WriteLine($"+ {place} = {change.After};");
        }
    }

    /// <summary>The source of a node, its name replaced by its path, each line with the sign.</summary>
    private static string Node(char sign, string path, string? source) => source is null
        ? $"{sign} {path} (it has names that no source can hold)"
        : string.Join('\n', source.Split('\n').Select((line, number) => $"{sign} {(number == 0 ? $"{path} {{" : line)}"));

    private static string NameOf(DeviceTreeChangeKind kind) => kind switch
    {
        DeviceTreeChangeKind.NodeAdded => "node added",
        DeviceTreeChangeKind.NodeRemoved => "node removed",
        DeviceTreeChangeKind.PropertyAdded => "property added",
        DeviceTreeChangeKind.PropertyRemoved => "property removed",
        DeviceTreeChangeKind.PropertyChanged => "property changed",
        _ => "reservation changed",
    };
}
