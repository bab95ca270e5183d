using System.CommandLine;
using System.Globalization;
using System.Text;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.KernelImages.CrossReferences;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel path IMAGE FROM TO…</c>.</summary>
internal static class KernelPathCommand
{
    private const int UsualDepth = 12;
    private const int DeepestPath = 64;
    private const int UsualPaths = 20;

    public static Command Create()
    {
        var image = KernelOptions.Image();
        var from = new Argument<string>("FROM") { Description = KernelOptions.HowToName };
        from.Validators.Add(KernelOptions.RefuseOptions);
        var to = new Argument<string[]>("TO") { Description = "The same; each of these must be reached", Arity = ArgumentArity.ZeroOrMore };
        to.Validators.Add(KernelOptions.RefuseOptions);
        var any = Many("--to-any", "Functions of which any is enough, such as 'iommu_*'");
        var avoid = Many("--avoid", "Functions that no path goes through, such as '*printk*'");
        var callsOnly = new Option<bool>("--calls-only") { Description = "Leave out functions whose address is only handed on (callbacks, work)" };
        var depth = KernelOptions.Depth(UsualDepth);
        var most = new Option<int>("--paths") { Description = $"Paths shown at most, shortest first (default {UsualPaths})", DefaultValueFactory = _ => UsualPaths };
        var dot = Arguments.Text("--dot", "Write the paths as a graph in Graphviz's language");
        var svg = Arguments.Text("--svg", "Write the paths as a picture, which Graphviz draws");
        var json = KernelOptions.Json();
        var command = new Command(
            "path",
            "Shows the shortest way from a function to others: by direct calls, through operation tables where the kernel carries types (BTF), to "
            + "functions with the hash that a call compares (kCFI), and by functions that are handed on. What no way leads to may still be reached through pointers that are not understood: their number "
            + "is said.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel path vmlinuz pci_device_add iommu_group_alloc\n"
            + "  kernelbuild kernel path vmlinuz pci_scan_child_bus --to-any 'iommu_*' --avoid '*printk*'\n"
            + "  kernelbuild kernel path boot.img arm_smmu_device_probe iommu_device_register --svg probe.svg")
        {
            image, from, to, any, avoid, callsOnly, depth, most, dot, svg, json,
        };
        command.OnRunAsync(async (result, output, errors, cancellationToken) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            var starts = KernelOptions.Find(kernel, [result.GetValue(from)!]);
            // a name may be that of several static functions, and a pattern of many: one of them is enough
            (string Name, FoundFunctions Found)[] each = [.. (result.GetValue(to) ?? []).Select(name => (name, KernelOptions.Find(kernel, [name])))];
            var some = KernelOptions.Find(kernel, result.GetValue(any) ?? []);
            var avoided = KernelOptions.Find(kernel, result.GetValue(avoid) ?? []);
            RequireTargets(each, some, starts);
            var wanted = each.SelectMany(one => one.Found.Symbols).Concat(some.Symbols).Select(symbol => symbol.Address).Except(starts.Symbols.Select(symbol => symbol.Address)).ToHashSet();
            var search = new CallPathSearch(kernel.Image);
            var paths = search.Find(
                starts.Symbols.Select(symbol => symbol.Address), wanted, Math.Clamp(result.GetValue(depth), 1, DeepestPath),
                avoided.Symbols.Select(symbol => symbol.Address).ToHashSet(), result.GetValue(callsOnly), cancellationToken);
            Diagnostic[] findings =
            [
                .. starts.Missing, .. each.SelectMany(one => one.Found.Missing), .. some.Missing, .. avoided.Missing,
                .. NotReached(kernel.Path, result.GetValue(from)!, search, paths, each, some),
            ];
            var shown = paths.Paths.Take(Math.Max(1, result.GetValue(most))).ToArray();
            await DrawAsync(PathGraph.Of(shown), result.GetValue(dot), result.GetValue(svg), cancellationToken);
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output, new KernelPathReport(kernel.Path, [.. shown.Select(InfoOf)], paths.Paths.Length, paths.Functions, paths.UnknownCalls, paths.IsWhole)
                    { Findings = [.. findings.Select(FindingInfo.From)] },
                    KernelJson.Default.KernelPathReport);
            }
            else
            {
                Write(shown, paths, output);
            }

            CommandFrame.Warn(findings, errors);
            return ExitCode.Of(findings);
        });
        return command;
    }

    private static Option<string[]> Many(string name, string description) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true };

    private static void RequireTargets((string Name, FoundFunctions Found)[] each, FoundFunctions some, FoundFunctions starts)
    {
        if (each.Length + some.Symbols.Length + some.Missing.Length == 0)
        {
            throw CommandFrame.Usage("no function is named that a path should lead to", "give TO, or --to-any 'iommu_*'");
        }

        if (starts.Symbols.IsEmpty)
        {
            throw new DiagnosticException([.. starts.Missing]);
        }
    }

    /// <summary>What was asked for and has no path, and what the answer does not cover.</summary>
    private static IEnumerable<Diagnostic> NotReached(
        string file, string from, CallPathSearch search, CallPaths paths, (string Name, FoundFunctions Found)[] each, FoundFunctions some)
    {
        var reached = paths.Paths.Select(path => path.Steps[^1].Address).ToHashSet();
        string[] names =
        [
            .. each.Where(one => one.Found.Symbols.Length > 0 && !one.Found.Symbols.Any(symbol => reached.Contains(symbol.Address))).Select(one => one.Name),
            .. some.Symbols.Length > 0 && !some.Symbols.Any(symbol => reached.Contains(symbol.Address)) ? ["any of --to-any"] : (string[])[],
        ];
        if (names.Length > 0)
        {
            var why = $"{(paths.IsWhole ? "" : "the search ended at its depth; ")}{Counted.Of(paths.UnknownCalls, "call")} through pointers on the way "
                + $"{(paths.UnknownCalls == 1 ? "is" : "are")} not understood{(search.HasTypes ? "" : ": the kernel has no types (BTF)")}";
            yield return Diagnostic.Error(
                DiagnosticCodes.NoCallPath, $"no path of calls was found from {from} to {string.Join(", ", names)}",
                "look at both ends: kernel trace IMAGE FROM --forward, kernel callers IMAGE TO; or search deeper with --depth") with
            { File = file, Consequence = $"{paths.Functions} functions were looked at, and {why}" };
        }
    }

    private static async Task DrawAsync(string graph, string? dot, string? svg, CancellationToken cancellationToken)
    {
        if (dot is not null)
        {
            OutputFile.Write(dot, Encoding.UTF8.GetBytes(graph));
        }

        if (svg is not null)
        {
            OutputFile.Write(svg, await Graphviz.DrawAsync(graph, cancellationToken));
        }
    }

    private static void Write(CallPath[] shown, CallPaths paths, TextWriter output)
    {
        foreach (var path in shown)
        {
            var calls = path.Steps.Length - 1;
            output.WriteLine($"{path.Steps[0].Function} to {path.Steps[^1].Function}: {Counted.Of(calls, "call")}");
            for (var i = 0; i < path.Steps.Length; i++)
            {
                output.WriteLine($"{new string(' ', 2 * (i + 1))}{(i == 0 ? "" : "-> ")}{path.Steps[i].Function}{How(path.Steps[i])}");
            }
        }

        if (paths.Paths.Length > shown.Length)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"and {paths.Paths.Length - shown.Length} more functions that are reached: --paths shows more"));
        }
    }

    private static string How(CallStep step) => step.Reference is not { } reference ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $" (+0x{reference.Offset:x}{reference.Kind switch
        {
            ReferenceKind.ThroughPointer => ", through " + reference.Member + (step.Table.Length == 0 ? "" : " of " + step.Table),
            ReferenceKind.ByHash => ", may call it: " + reference.Member,
            ReferenceKind.Address => ", its address is handed on",
            ReferenceKind.Jump => ", tail call",
            _ => "",
        }})");

    private static CallPathInfo InfoOf(CallPath path) => new(
        [.. path.Steps.Select(step => new CallStepInfo(
            step.Function, KernelOptions.Hex(step.Address), step.Reference is { } reference ? ReferenceText.InfoOf(reference) : null, step.Table))]);
}
