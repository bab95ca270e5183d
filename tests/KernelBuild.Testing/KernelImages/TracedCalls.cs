using System.Text.RegularExpressions;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.Testing.KernelImages;

/// <summary>
/// Who calls whom, told by the kernel itself: ftrace's function tracer from the first moment of a boot, with an SMMU, ports, a switch and
/// endpoints. Each line is a function and the one it returns to.
/// </summary>
/// <param name="Edges">Pairs of functions that were seen.</param>
/// <param name="Direct">Those that are direct calls or jumps.</param>
/// <param name="Initcalls">Those of the list of initcalls.</param>
/// <param name="Through">Those that are found as calls through a pointer.</param>
/// <param name="Missed">Those that are not found.</param>
/// <param name="Unexplained">Of those missed and of initcalls: nothing holds the function's address.</param>
public sealed partial record TracedCalls(
    int Edges, int Direct, int Initcalls, int Through, IReadOnlyList<string> Missed, IReadOnlyList<string> Unexplained)
{
    private const string Script = """
        mount -t tracefs tracefs /sys/kernel/tracing
        echo 0 > /sys/kernel/tracing/tracing_on
        grep -F '<-' /sys/kernel/tracing/trace | sed -e 's/.*: /EDGE /' | sort | uniq
        """;

    private static readonly string[] _machine =
    [
        "-device", "pcie-root-port,id=r1,chassis=1", "-device", "e1000e,bus=r1,romfile=", "-device", "pcie-root-port,id=r2,chassis=2",
        "-device", "x3130-upstream,id=u,bus=r2", "-device", "xio3130-downstream,bus=u,chassis=3,id=d", "-device", "nec-usb-xhci,bus=d",
    ];

    /// <summary>Of those that are no direct calls and no initcalls: how many come from a call that compares the function's hash, without types.</summary>
    public int ByHash { get; private init; }

    public double Recall => (double)Through / Math.Max(1, Through + Missed.Count);

    public override string ToString() =>
        $"{Edges} edges: {Direct} direct, {Initcalls} initcalls, {Through} through pointers found, {Missed.Count} not: {string.Join("; ", Missed)}; {ByHash} by their hash";

    /// <summary>Boots a kernel, and looks for the calls that it traced.</summary>
    /// <param name="kernel">An Image with the function tracer.</param>
    /// <param name="namesInitcalls">Whether its symbols name the list of initcalls.</param>
    public static TracedCalls Of(byte[] kernel, bool namesInitcalls)
    {
        var lines = Guest.Run(
            kernel, Script,
            "nokaslr trace_buf_size=48M ftrace=function "
            + "ftrace_filter=arm_smmu_*,iommu_*,pci_*,of_*,iort_*,platform_*,dma_*,driver_*,really_probe*",
            "virt,gic-version=3,iommu=smmuv3", _machine);
        var edges = lines
            .Select(line => Edge().Match(line))
            .Where(match => match.Success)
            .Select(match => (Callee: Shown(match.Groups[1].Value), Caller: Shown(match.Groups[2].Value)))
            .Distinct()
            .ToArray();
        var image = new KernelImage(kernel);
        var symbols = image.ReadSymbols();
        var addresses = Enumerable.Range(0, symbols.Count)
            .Select(index => symbols[index])
            .Where(symbol => symbol.IsCode)
            .ToLookup(symbol => Shown(symbol.Name), symbol => symbol.Address);
        var called = edges.SelectMany(edge => addresses[edge.Callee]).ToHashSet();
        var references = new CallerSearch(image).Of(called);
        var untyped = new CallerSearch(new KernelImage(WithoutTypes(kernel))).Of(called, mostAlike: int.MaxValue);
        var byHash = 0;

        var (direct, through, missed, calledByList, unexplained) = (0, 0, new List<string>(), 0, new List<string>());
        foreach (var (callee, caller) in edges)
        {
            var all = addresses[callee].SelectMany(address => references[address]).ToArray();
            var kinds = all.Where(reference => Shown(reference.Function) == caller).Select(reference => reference.Kind).ToHashSet();
            if (kinds.Contains(ReferenceKind.Call) || kinds.Contains(ReferenceKind.Jump))
            {
                direct++;
            }
            else if (caller == "do_one_initcall")
            {
                calledByList++;
                if (namesInitcalls && !all.Any(reference => reference.Member.StartsWith("initcall", StringComparison.Ordinal)))
                {
                    unexplained.Add($"{callee} <- {caller}");
                }
            }
            else
            {
                byHash += addresses[callee].SelectMany(address => untyped[address])
                    .Any(reference => reference.Kind == ReferenceKind.ByHash && Shown(reference.Function) == caller) ? 1 : 0;
                if (kinds.Contains(ReferenceKind.ThroughPointer))
                {
                    through++;
                    continue;
                }

                missed.Add($"{callee} <- {caller}");
                if (!all.Any(reference => reference.Kind is ReferenceKind.DataPointer or ReferenceKind.Address))
                {
                    unexplained.Add($"{callee} <- {caller}");
                }
            }
        }

        return new TracedCalls(edges.Length, direct, calledByList, through, missed, unexplained) { ByHash = byHash };
    }

    /// <summary>
    /// As kernels before 6.11 print it, without what ThinLTO appends to static functions that other files call; later ones print it.
    /// </summary>
    private static string Shown(string name) => name.IndexOf(".llvm.", StringComparison.Ordinal) is > 0 and var at ? name[..at] : name;

    /// <summary>As a kernel without CONFIG_DEBUG_INFO_BTF looks: the magic, version and header length of .BTF are gone.</summary>
    private static byte[] WithoutTypes(byte[] kernel)
    {
        var copy = kernel.ToArray();
        while (copy.AsSpan().IndexOf((byte[])[0x9f, 0xeb, 1, 0, 0x18, 0, 0, 0]) is >= 0 and var at)
        {
            copy.AsSpan(at, 8).Clear();
        }

        return copy;
    }

    [GeneratedRegex("^EDGE ([\\w.]+) <-([\\w.]+)$")]
    private static partial Regex Edge();
}
