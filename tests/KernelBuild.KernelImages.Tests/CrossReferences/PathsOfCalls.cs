using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Image;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.CrossReferences;

/// <summary>Shortest ways between functions: each step is one that the backward search finds, and the length is that of a search over llvm-objdump's calls.</summary>
public sealed class PathsOfCalls
{
    private static readonly HashSet<ulong> _none = [];

    [FactWithKernel("6.12")]
    public void The_way_from_probing_a_device_to_its_group_goes_through_the_operations_of_the_SMMU()
    {
        var image = DebianKernels.Open("6.12");
        var path = Find(image, "iommu_probe_device", "pci_device_group");

        var through = path.Steps.Single(step => step.Reference?.Member == "iommu_ops.device_group");
        through.Table.ShouldContain("_ops");
        through.Reference!.Function.ShouldStartWith("__iommu_probe_device");

        // from the other end
        var callers = new CallerSearch(image).Of(path.Steps.Skip(1).Select(step => step.Address).ToHashSet());
        foreach (var (before, step) in path.Steps.Zip(path.Steps.Skip(1)))
        {
            callers[step.Address].ShouldContain(
                reference => reference.Kind == step.Reference!.Kind && reference.From == step.Reference.From, $"{before.Function} -> {step.Function}");
        }
    }

    [FactWithKernel("own")]
    public void Lengths_are_those_of_a_search_over_direct_calls()
    {
        var image = OwnKernel.Open();
        var code = new CodeMap(image);
        var functions = Enumerable.Range(0, code.Symbols.Count).Select(index => code.Symbols[index]).Where(symbol => symbol.IsCode && code.IsCode(symbol.Address))
            .Select(symbol => symbol.Address).Distinct().ToArray();

        // the same calls that are compared with llvm-objdump's listing
        var calls = CallScan.To(code, functions.ToHashSet()).ToLookup(call => call.From - call.Offset, call => call.To);
        var (random, search, compared) = (new Random(7), new CallPathSearch(image), 0);
        search.HasTypes.ShouldBeFalse("then no call through a table is followed, and the lengths are those of direct calls");
        while (compared < 60)
        {
            var start = functions[random.Next(functions.Length)];
            var distances = Distances(start, calls);
            if (distances.Count < 20)
            {
                continue;
            }

            var goals = distances.Keys.Where(function => function != start).OrderBy(_ => random.Next()).Take(20).ToHashSet();
            var paths = search.Find([start], goals, 64, _none, callsOnly: true, CancellationToken.None);
            paths.Paths.Length.ShouldBe(goals.Count);
            foreach (var path in paths.Paths)
            {
                var isDirect = path.Steps.Skip(1).All(step => step.Reference!.Kind != ReferenceKind.ThroughPointer);
                (path.Steps.Length - 1).ShouldBeLessThanOrEqualTo(distances[path.Steps[^1].Address]);
                if (isDirect)
                {
                    (path.Steps.Length - 1).ShouldBe(distances[path.Steps[^1].Address]);
                    compared++;
                }
            }
        }
    }

    [FactWithKernel("6.12")]
    public void What_is_avoided_is_on_no_path_and_what_is_not_reached_is_said()
    {
        var image = DebianKernels.Open("6.12");
        var symbols = image.ReadSymbols();
        var path = Find(image, "pci_device_add", "device_add");
        path.Steps.Length.ShouldBe(2);

        var search = new CallPathSearch(image);
        var around = search.Find(
            [symbols.AddressOf("pci_device_add")], new HashSet<ulong> { symbols.AddressOf("device_add") }, 3,
            new HashSet<ulong> { symbols.AddressOf("device_add") }, true, CancellationToken.None);
        (around.Paths.Length, around.IsWhole).ShouldBe((0, false));
        around.Functions.ShouldBeGreaterThan(10);
    }

    private static CallPath Find(KernelImage image, string from, string to)
    {
        var symbols = image.ReadSymbols();
        return new CallPathSearch(image)
            .Find([symbols.AddressOf(from)], new HashSet<ulong> { symbols.AddressOf(to) }, 12, _none, callsOnly: true, CancellationToken.None)
            .Paths.ShouldHaveSingleItem();
    }

    private static Dictionary<ulong, int> Distances(ulong start, ILookup<ulong, ulong> calls)
    {
        var (distances, queue) = (new Dictionary<ulong, int> { [start] = 0 }, new Queue<ulong>([start]));
        while (queue.TryDequeue(out var function))
        {
            foreach (var next in calls[function].Where(next => distances.TryAdd(next, distances[function] + 1)))
            {
                queue.Enqueue(next);
            }
        }

        return distances;
    }
}
