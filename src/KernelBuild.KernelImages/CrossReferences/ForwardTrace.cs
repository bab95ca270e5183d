using System.Collections.Immutable;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>From a function on to what it calls, and what those call.</summary>
public sealed class ForwardTrace
{
    private const int LongestList = 400;
    private readonly KernelImage _image;
    private readonly CodeMap _code;
    private readonly TypeTable? _types;
    private readonly int _depth;
    private readonly HashSet<ulong> _shown = [];

    /// <exception cref="Diagnostics.DiagnosticException">KB8005 or KB8006.</exception>
    public ForwardTrace(KernelImage image, int depth)
    {
        _image = image;
        _code = new CodeMap(image);
        _types = TypeTable.TryFind(image.Bytes, out var types, out _) ? types : null;
        _depth = depth;
    }

    /// <summary>Traces one function.</summary>
    public TraceNode From(KernelSymbol function) => Node(function.Name, function.Address, null, _depth);

    private TraceNode Node(string name, ulong function, Reference? reference, int left)
    {
        if (reference?.Kind == ReferenceKind.ThroughPointer)
        {
            return new TraceNode(name, reference, [], "");
        }

        if (!_shown.Add(function))
        {
            return new TraceNode(name, reference, [], "seen above");
        }

        if (left == 0 || _shown.Count > LongestList)
        {
            return new TraceNode(name, reference, [], "deeper");
        }

        return new TraceNode(
            name, reference,
            [.. Callees(function)
                .Select(callee => Node(
                    callee.Kind == ReferenceKind.ThroughPointer ? callee.Member : _code.NameAt(callee.To), callee.To, callee, left - 1))],
            "");
    }

    private string NameOf((int Type, ulong Offset) member)
    {
        _types!.MemberAt(member.Type, member.Offset, out var path);
        return $"{_types.NameOf(member.Type)}.{path}";
    }

    /// <summary>Direct calls in the order of the code, each function once; calls through members with the member's name.</summary>
    private ImmutableArray<Reference> Callees(ulong start)
    {
        var function = _code.FunctionAt(start);
        var found = ImmutableArray.CreateBuilder<Reference>();
        new FunctionFlow(_image, _code, _types, function).Visit((address, word, registers) =>
        {
            if (Opcode.IsBranchLink(word) || (Opcode.IsBranch(word) && !function.Contains(Opcode.Target26(word, address))))
            {
                found.Add(new Reference(
                    Opcode.IsBranchLink(word) ? ReferenceKind.Call : ReferenceKind.Jump, address, _code.NameAt(address), address - start,
                    Opcode.Target26(word, address)));
            }
            else if (Opcode.IsBranchLinkRegister(word))
            {
                var value = Opcode.Rn(word) < registers.Length ? registers[Opcode.Rn(word)] : Value.Unknown;
                foreach (var member in value.Members.Select(NameOf).DefaultIfEmpty("an unknown pointer"))
                {
                    found.Add(new Reference(ReferenceKind.ThroughPointer, address, _code.NameAt(address), address - start, 0, member));
                }
            }
        });
        return [.. found.DistinctBy(reference => (reference.To, reference.Member))];
    }
}
