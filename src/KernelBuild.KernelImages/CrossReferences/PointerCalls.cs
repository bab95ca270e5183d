using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>Calls of what was loaded: BLR, or BR at the end of a function.</summary>
internal static class PointerCalls
{
    private const int FarthestUse = 24;

    /// <summary>
    /// The calls of functions whose address is known where they are called: taken by the calling function itself, or an element of a table
    /// that it goes through.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="code">Its code.</param>
    /// <param name="types">Its types: with them tables count that may be written to, as they are when the kernel starts.</param>
    /// <param name="functions">First addresses of functions.</param>
    /// <param name="pointers">Where tables point to them.</param>
    public static IEnumerable<Reference> OfKnown(
        KernelImage image, CodeMap code, TypeTable types, IReadOnlySet<ulong> functions, IEnumerable<ulong> pointers)
    {
        var starts = functions
            .Concat(pointers.Select(place => code.Symbols.IndexBelow(place) is >= 0 and var index ? code.Symbols.Addresses[index] : place))
            .ToHashSet();
        var candidates = AddressScan.ToSymbols(image, code, starts)
            .Select(reference => reference.From - reference.Offset)
            .Distinct()
            .Select(code.FunctionAt)
            .Where(function => HasPointerCall(code.Words(function))).ToArray();
        var results = new List<Reference>[candidates.Length];
        Parallel.For(0, candidates.Length, i =>
        {
            results[i] = [];
            new FunctionFlow(image, code, types, candidates[i]).Visit((address, word, registers) =>
            {
                if (IsPointerCall(word) && Opcode.Rn(word) < registers.Length)
                {
                    results[i].AddRange(registers[Opcode.Rn(word)].Constants.Where(functions.Contains).Select(function => new Reference(
                        ReferenceKind.ThroughPointer, address, code.NameAt(address), address - candidates[i].Start, function,
                        "an element of a table, or a variable")));
                }
            });
        });
        return results.SelectMany(result => result);
    }

    /// <summary>The calls through any of the members.</summary>
    public static IReadOnlyList<(Reference Reference, MemberSlot Slot)> Through(
        KernelImage image, CodeMap code, TypeTable types, IReadOnlyCollection<MemberSlot> slots)
    {
        var found = new List<(Reference, MemberSlot)>();
        var bySlot = slots.DistinctBy(slot => (slot.Struct, slot.Offset)).ToDictionary(slot => (slot.Struct, slot.Offset));
        var offsets = slots.Select(slot => slot.Offset).ToHashSet();
        var candidates = Candidates(code, offsets);
        var results = new List<(Reference, MemberSlot)>[candidates.Count];
        Parallel.For(0, candidates.Count, i => results[i] = Of(image, code, types, candidates[i], bySlot));
        foreach (var result in results)
        {
            found.AddRange(result);
        }

        return found;
    }

    private static List<(Reference Reference, MemberSlot Slot)> Of(
        KernelImage image, CodeMap code, TypeTable types, CodeRange function, Dictionary<(int Struct, ulong Offset), MemberSlot> slots)
    {
        var found = new List<(Reference, MemberSlot)>();
        new FunctionFlow(image, code, types, function).Visit((address, word, registers) =>
        {
            if (IsPointerCall(word) && Opcode.Rn(word) < registers.Length)
            {
                foreach (var member in registers[Opcode.Rn(word)].Members)
                {
                    if (slots.TryGetValue(member, out var slot))
                    {
                        found.Add(
                            (new Reference(
                                ReferenceKind.ThroughPointer, address, code.NameAt(address), address - function.Start, 0,
                                slot.Name), slot));
                    }
                }
            }
        });
        return found;
    }

    private static bool IsPointerCall(uint word) => Opcode.IsBranchLinkRegister(word) || Opcode.IsBranchRegister(word);

    private static bool HasPointerCall(ReadOnlySpan<uint> words)
    {
        foreach (var word in words)
        {
            if (IsPointerCall(word))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Functions that load a quad from one of the offsets and soon branch to it: the others need not be looked at closely.
    /// </summary>
    private static List<CodeRange> Candidates(CodeMap code, HashSet<ulong> offsets)
    {
        var found = new List<CodeRange>();
        foreach (var range in code.Ranges)
        {
            var words = code.Words(range);
            for (var i = 0; i < words.Length; i++)
            {
                if (!Opcode.IsLoadQuad(words[i]) || Opcode.Rn(words[i]) == Opcode.ZeroRegister
                    || !offsets.Contains(Opcode.QuadOffset(words[i])))
                {
                    continue;
                }

                var register = Opcode.Rd(words[i]);
                for (var next = i + 1; next < words.Length && next <= i + FarthestUse; next++)
                {
                    if (IsPointerCall(words[next]) && Opcode.Rn(words[next]) == register)
                    {
                        var address = range.Start + ((ulong)i * Opcode.Length);
                        if (found.Count == 0 || !found[^1].Contains(address))
                        {
                            found.Add(code.FunctionAt(address));
                        }

                        break;
                    }
                }
            }
        }

        return found;
    }
}
