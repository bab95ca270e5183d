using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.KernelImages.CrossReferences;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel trace IMAGE FUNCTION…</c>.</summary>
internal static class KernelTraceCommand
{
    // What the IOMMU code is entered by; those that a kernel does not have are left out.
    private static readonly string[] Interfaces =
    [
        "pci_device_group", "iommu_group_alloc", "of_iommu_configure", "pci_acs_enabled", "pci_request_acs",
    ];

    public static Command Create()
    {
        var image = KernelOptions.Image();
        var functions = KernelOptions.Functions(KernelOptions.HowToName + "; the IOMMU interfaces when left out", ArgumentArity.ZeroOrMore);
        var forward = new Option<bool>("--forward") { Description = "What the functions call, instead of who calls them" };
        var depth = KernelOptions.Depth(4);
        var json = KernelOptions.Json();
        var command = new Command(
            "trace",
            "Follows calls over many levels: backwards from a function to its callers and theirs, through ops tables too, until the probe "
            + "of a driver; or forwards.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel trace vmlinuz                              from the IOMMU interfaces back to the drivers\n"
            + "  kernelbuild kernel trace vmlinuz iommu_group_alloc --depth 6\n"
            + "  kernelbuild kernel trace vmlinuz arm_smmu_device_group --forward")
        {
            image,
            functions,
            forward,
            depth,
            json,
        };
        command.OnRun((result, output, errors) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            var names = result.GetValue(functions) is { Length: > 0 } given
                ? given
                : [.. Interfaces.Where(name => kernel.Symbols().TryFind(name, out var _))];
            var levels = Math.Clamp(result.GetValue(depth), 1, 64);
            var found = KernelOptions.Find(kernel, names);
            var isForward = result.GetValue(forward);
            var search = isForward ? null : new CallerSearch(kernel.Image);
            var traces = found.Symbols
                .Select(symbol =>
                    search is null ? new ForwardTrace(kernel.Image, levels).From(symbol) : new BackwardTrace(search, levels).From(symbol))
                .ToArray();
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output, new KernelTraceReport(kernel.Path, isForward ? "forward" : "backward", [.. traces.Select(InfoOf)])
                    { Findings = found.Findings },
                    KernelJson.Default.KernelTraceReport);
                return found.Finish(errors);
            }

            foreach (var trace in traces)
            {
                Write(trace, 0, isForward, output);
            }

            return found.Finish(errors);
        });
        return command;
    }

    private static void Write(TraceNode node, int depth, bool isForward, TextWriter output)
    {
        var how = node.Reference is { } reference
            ? (isForward
                ? node.Name + ReferenceText.Of(reference)[ReferenceText.Of(reference).IndexOf(" (", StringComparison.Ordinal)..]
                : ReferenceText.Of(reference))
            : node.Name;
        output.WriteLine(
            $"{new string(' ', 2 * depth)}{(depth == 0 ? "" : isForward ? "-> " : "<- ")}{how}"
            + $"{(node.Note.Length == 0 ? "" : ": " + node.Note)}");
        foreach (var next in node.Next)
        {
            Write(next, depth + 1, isForward, output);
        }
    }

    private static TraceInfo InfoOf(TraceNode node) =>
        new(node.Name, node.Reference is { } reference ? ReferenceText.InfoOf(reference) : null, node.Note, [.. node.Next.Select(InfoOf)]);
}
