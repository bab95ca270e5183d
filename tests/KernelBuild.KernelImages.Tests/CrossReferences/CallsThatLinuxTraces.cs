using System.Text.RegularExpressions;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.CrossReferences;

/// <summary>
/// Who calls whom, told by the kernel itself: ftrace's function tracer from the first moment of a boot, with an SMMU, ports, a switch and
/// endpoints. Each line is a function and the one it returns to.
/// </summary>
public sealed partial class CallsThatLinuxTraces(ITestOutputHelper log)
{
    private const string Script = """
        mount -t tracefs tracefs /sys/kernel/tracing
        echo 0 > /sys/kernel/tracing/tracing_on
        grep -F '<-' /sys/kernel/tracing/trace | sed -e 's/.*: /EDGE /' | sort | uniq
        """;

    private static readonly string[] Machine =
    [
        "-device", "pcie-root-port,id=r1,chassis=1", "-device", "e1000e,bus=r1,romfile=", "-device", "pcie-root-port,id=r2,chassis=2",
        "-device", "x3130-upstream,id=u,bus=r2", "-device", "xio3130-downstream,bus=u,chassis=3,id=d", "-device", "nec-usb-xhci,bus=d",
    ];

    [FactWithKernel("6.12", "qemu-system-aarch64")]
    public void Calls_of_6_12_are_found_directly_or_through_pointers() => Compare("6.12", 600, 0.75);

    /// <summary>Without CONFIG_KALLSYMS_ALL: tables and lists of initcalls have no names.</summary>
    [FactWithKernel("6.1", "qemu-system-aarch64")]
    public void Calls_of_6_1_are_found_directly_or_through_pointers() => Compare("6.1", 500, 0.6);

    private void Compare(string series, int fewest, double recall)
    {
        var kernel = DebianKernels.Read(series);
        var lines = Guest.Run(
            kernel, Script,
            "nokaslr trace_buf_size=48M ftrace=function "
            + "ftrace_filter=arm_smmu_*,iommu_*,pci_*,of_*,iort_*,platform_*,dma_*,driver_*,really_probe*",
            "virt,gic-version=3,iommu=smmuv3", Machine);
        var edges = lines
            .Select(line => Edge().Match(line))
            .Where(match => match.Success)
            .Select(match => (Callee: match.Groups[1].Value, Caller: match.Groups[2].Value))
            .Distinct()
            .ToArray();
        var image = new KernelImage(kernel);
        var symbols = image.ReadSymbols();
        var addresses = Enumerable.Range(0, symbols.Count)
            .Select(index => symbols[index])
            .Where(symbol => symbol.IsCode)
            .ToLookup(symbol => symbol.Name, symbol => symbol.Address);
        var references = new CallerSearch(image).Of(edges.SelectMany(edge => addresses[edge.Callee]).ToHashSet());

        var (direct, through, missed, calledByList, unexplained) = (0, 0, new List<string>(), 0, new List<string>());
        foreach (var (callee, caller) in edges)
        {
            var all = addresses[callee].SelectMany(address => references[address]).ToArray();
            var kinds = all.Where(reference => reference.Function == caller).Select(reference => reference.Kind).ToHashSet();
            if (kinds.Contains(ReferenceKind.Call) || kinds.Contains(ReferenceKind.Jump))
            {
                direct++;
            }
            else if (caller == "do_one_initcall")
            {
                calledByList++;
                if (series != "6.1" && !all.Any(reference => reference.Member.StartsWith("initcall", StringComparison.Ordinal)))
                {
                    unexplained.Add($"{callee} <- {caller}");
                }
            }
            else if (kinds.Contains(ReferenceKind.ThroughPointer))
            {
                through++;
            }
            else
            {
                missed.Add($"{callee} <- {caller}");
                if (!all.Any(reference => reference.Kind is ReferenceKind.DataPointer or ReferenceKind.Address))
                {
                    unexplained.Add($"{callee} <- {caller}");
                }
            }
        }

        log.WriteLine(
            $"{edges.Length} edges: {direct} direct, {calledByList} initcalls, {through} through pointers found, {missed.Count} not: "
            + $"{string.Join("; ", missed)}");
        edges.Length.ShouldBeGreaterThan(fewest);
        unexplained.ShouldBeEmpty("every function that is called has its direct callers, or a table or code that holds its address");
        ((double)through / (through + missed.Count)).ShouldBeGreaterThan(recall);
    }

    [GeneratedRegex("^EDGE ([\\w.]+) <-([\\w.]+)$")]
    private static partial Regex Edge();
}
