using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>From a function on to what it calls, through the members of operation tables too, and what those call.</summary>
public sealed class ForwardTrace
{
    private const int LongestList = 400;

    /// <summary>A member that more tables fill (file_operations.open) says nothing about the way from one function.</summary>
    private const int MostTables = 12;

    private readonly CodeMap _code;
    private readonly CalleeScan _callees;
    private readonly SlotTargets? _slots;
    private readonly HashedCalls _hashed;
    private readonly int _depth;
    private readonly HashSet<ulong> _shown = [];

    /// <exception cref="Diagnostics.DiagnosticException">KB8005 or KB8006.</exception>
    public ForwardTrace(KernelImage image, int depth)
    {
        _code = new CodeMap(image);
        var types = TypeTable.TryFind(image.Bytes, out var found, out _) ? found : null;
        _callees = new CalleeScan(image, _code, types);
        _slots = types is null ? null : new SlotTargets(image, _code, types);
        _hashed = new HashedCalls(_code);
        _depth = depth;
    }

    /// <summary>Traces one function.</summary>
    public TraceNode From(KernelSymbol function) => Node(function.Name, function.Address, null, _depth);

    private TraceNode Node(string name, ulong function, Reference? reference, int left)
    {
        if (!_shown.Add(function))
        {
            return new TraceNode(name, reference, [], "seen above");
        }

        return left == 0 || _shown.Count > LongestList
            ? new TraceNode(name, reference, [], "deeper")
            : new TraceNode(name, reference, [.. _callees.Of(function).Select(callee => Node(callee, left - 1))], "");
    }

    private TraceNode Node(Callee callee, int left)
    {
        var reference = callee.Reference;
        if (reference.To != 0)
        {
            return Node(_code.NameAt(reference.To), reference.To, reference, left);
        }

        (ulong Function, string Table)[] targets = callee.Slot is { } slot && _slots is not null
            ? [.. _slots.Of(slot).DistinctBy(target => target.Function)]
            : [];
        if (targets.Length == 0 && _hashed.From(callee).ToArray() is { Length: > 0 } alike)
        {
            return new TraceNode(
                reference.Member, reference, [.. alike.Select(one => Node(_code.NameAt(one.To), one.To, one, left))], "");
        }

        return targets.Length > MostTables
            ? new TraceNode(reference.Member, reference, [], $"{targets.Length} functions")
            : new TraceNode(
                reference.Member, reference,
                [.. targets.Select(target => Node(
                    _code.NameAt(target.Function), target.Function,
                    reference with { Kind = ReferenceKind.DataPointer, To = target.Function, Member = target.Table }, left))],
                "");
    }
}
