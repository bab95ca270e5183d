using System.Collections.Immutable;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>
/// Which functions are reached from others, and on which shortest way: by direct calls, through the members of operation tables, where those are
/// not known to the functions with the hash that kCFI has a call compare, and, unless only calls are wanted, by a function's address that is handed on (a callback, a work item).
/// </summary>
public sealed class CallPathSearch
{
    private readonly CodeMap _code;
    private readonly CalleeScan _callees;
    private readonly SlotTargets? _slots;
    private readonly HashedCalls _hashed;

    /// <exception cref="Diagnostics.DiagnosticException">KB8005 or KB8006.</exception>
    public CallPathSearch(KernelImage image)
    {
        _code = new CodeMap(image);
        var types = TypeTable.TryFind(image.Bytes, out var found, out _) ? found : null;
        _callees = new CalleeScan(image, _code, types);
        _slots = types is null ? null : new SlotTargets(image, _code, types);
        _hashed = new HashedCalls(_code);
    }

    /// <summary>Whether the kernel has types, without which calls through pointers are followed by kCFI's hashes alone.</summary>
    public bool HasTypes => _slots is not null;

    /// <param name="from">First addresses of functions.</param>
    /// <param name="to">First addresses of functions; a path to one may go through another.</param>
    /// <param name="depth">Most calls of a path.</param>
    /// <param name="avoid">Functions that no path goes through.</param>
    /// <param name="callsOnly">Leaves out addresses that are handed on.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public CallPaths Find(
        IEnumerable<ulong> from, IReadOnlySet<ulong> to, int depth, IReadOnlySet<ulong> avoid, bool callsOnly, CancellationToken cancellationToken)
    {
        var cameFrom = new Dictionary<ulong, (ulong Parent, CallStep Step)>();
        var (level, reached, unknown) = (new List<ulong>(), new List<ulong>(), 0);
        foreach (var start in from.Distinct())
        {
            cameFrom[start] = (0, new CallStep(_code.NameAt(start), start, null, ""));
            level.Add(start);
        }

        for (var i = 0; i < depth && level.Count > 0 && reached.Count < to.Count; i++)
        {
            var found = new ImmutableArray<Callee>[level.Count];
            Parallel.For(0, level.Count, new ParallelOptions { CancellationToken = cancellationToken }, at => found[at] = _callees.Of(level[at], !callsOnly));
            var next = new List<ulong>();
            foreach (var (parent, callee) in level.Zip(found).SelectMany(pair => pair.Second.Select(callee => (pair.First, callee))))
            {
                var isKnown = false;
                foreach (var step in StepsOf(callee))
                {
                    isKnown = true;
                    if (!avoid.Contains(step.Address) && cameFrom.TryAdd(step.Address, (parent, step)))
                    {
                        next.Add(step.Address);
                        if (to.Contains(step.Address))
                        {
                            reached.Add(step.Address);
                        }
                    }
                }

                unknown += isKnown ? 0 : 1;
            }

            level = next;
        }

        return new CallPaths([.. reached.Select(target => Path(target, cameFrom))], cameFrom.Count, unknown, level.Count == 0 || reached.Count == to.Count);
    }

    private IEnumerable<CallStep> StepsOf(Callee callee)
    {
        if (callee.Reference.To != 0)
        {
            var start = _code.FunctionAt(callee.Reference.To).Start;
            return start == 0 ? [] : [new CallStep(_code.NameAt(start), start, callee.Reference, "")];
        }

        CallStep[] byMember = callee.Slot is { } slot && _slots is not null
            ? [.. _slots.Of(slot).Select(target => new CallStep(_code.NameAt(target.Function), target.Function, callee.Reference, target.Table))]
            : [];
        return byMember.Length > 0 ? byMember
            : _hashed.From(callee).Select(reference => new CallStep(_code.NameAt(reference.To), reference.To, reference, ""));
    }

    private static CallPath Path(ulong target, Dictionary<ulong, (ulong Parent, CallStep Step)> cameFrom)
    {
        var steps = new List<CallStep>();
        for (var at = target; at != 0; at = cameFrom[at].Parent)
        {
            steps.Add(cameFrom[at].Step);
        }

        steps.Reverse();
        return new CallPath([.. steps]);
    }
}
