using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>Calls through members of structures: BLR, or BR at the end of a function, of what was loaded from a member.</summary>
internal static class PointerCalls
{
    private const int FarthestUse = 24;

    /// <summary>The calls through any of the members.</summary>
    public static IReadOnlyList<(Reference Reference, MemberSlot Slot)> Through(KernelImage image, CodeMap code, TypeTable types, IReadOnlyCollection<MemberSlot> slots)
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

    private static List<(Reference Reference, MemberSlot Slot)> Of(KernelImage image, CodeMap code, TypeTable types, CodeRange function, Dictionary<(int Struct, ulong Offset), MemberSlot> slots)
    {
        var found = new List<(Reference, MemberSlot)>();
        new FunctionFlow(image, code, types, function).Visit((address, word, registers) =>
        {
            if ((Opcode.IsBranchLinkRegister(word) || Opcode.IsBranchRegister(word)) && Opcode.Rn(word) < registers.Length)
            {
                foreach (var member in registers[Opcode.Rn(word)].Members)
                {
                    if (slots.TryGetValue(member, out var slot))
                    {
                        found.Add((new Reference(ReferenceKind.ThroughPointer, address, code.NameAt(address), address - function.Start, 0, slot.Name), slot));
                    }
                }
            }
        });
        return found;
    }

    /// <summary>Functions that load a quad from one of the offsets and soon branch to it: the others need not be looked at closely.</summary>
    private static List<CodeRange> Candidates(CodeMap code, HashSet<ulong> offsets)
    {
        var found = new List<CodeRange>();
        foreach (var range in code.Ranges)
        {
            var words = code.Words(range);
            for (var i = 0; i < words.Length; i++)
            {
                if (!Opcode.IsLoadQuad(words[i]) || Opcode.Rn(words[i]) == Opcode.ZeroRegister || !offsets.Contains(Opcode.QuadOffset(words[i])))
                {
                    continue;
                }

                var register = Opcode.Rd(words[i]);
                for (var next = i + 1; next < words.Length && next <= i + FarthestUse; next++)
                {
                    if ((Opcode.IsBranchLinkRegister(words[next]) || Opcode.IsBranchRegister(words[next])) && Opcode.Rn(words[next]) == register)
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
