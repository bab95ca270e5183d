using System.Collections.Immutable;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>From a function back to who calls it, and who calls those, up to a driver's probe.</summary>
public sealed class BackwardTrace(CallerSearch search, int depth, int mostFunctions = 2000)
{
    private readonly Dictionary<ulong, ImmutableArray<Reference>> _callers = [];
    private readonly HashSet<ulong> _shown = [];

    /// <summary>Traces one function.</summary>
    public TraceNode From(KernelSymbol function)
    {
        Collect(function.Address);
        return Node(function.Name, function.Address, null, depth);
    }

    /// <summary>One pass over the code for each level.</summary>
    private void Collect(ulong start)
    {
        var level = new HashSet<ulong> { start };
        for (var i = 0; i < depth && level.Count > 0 && _callers.Count < mostFunctions; i++)
        {
            var found = search.Of(level, mostAlike: HashedCalls.MostAlike);
            foreach (var function in level)
            {
                _callers[function] = [.. found[function].DistinctBy(reference => (reference.Function, reference.Kind, reference.Member))];
            }

            level = [.. level.SelectMany(function => _callers[function])
                .Where(reference => reference.Kind != ReferenceKind.DataPointer && !IsProbe(reference.Function))
                .Select(StartOf).Where(address => !_callers.ContainsKey(address))];
        }
    }

    private TraceNode Node(string name, ulong function, Reference? reference, int left)
    {
        if (reference?.Kind == ReferenceKind.DataPointer)
        {
            return new TraceNode(name, reference, [], "");
        }

        if (IsProbe(name))
        {
            return new TraceNode(name, reference, [], "probe of a driver");
        }

        if (!_shown.Add(function))
        {
            return new TraceNode(name, reference, [], "seen above");
        }

        if (left == 0 || !_callers.TryGetValue(function, out var callers))
        {
            return new TraceNode(name, reference, [], "deeper");
        }

        return callers.Length == 0
            ? new TraceNode(name, reference, [], "nothing refers to it")
            : new TraceNode(name, reference, [.. callers.Select(caller => Node(caller.Function, StartOf(caller), caller, left - 1))], "");
    }

    private static ulong StartOf(Reference reference) => reference.From - reference.Offset;

    private static bool IsProbe(string name) => name.EndsWith("_probe", StringComparison.Ordinal);
}
