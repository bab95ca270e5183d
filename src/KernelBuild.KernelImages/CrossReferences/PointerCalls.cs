using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>Calls of what was loaded: BLR, or BR at the end of a function.</summary>
internal static class PointerCalls
{
    private const int FarthestUse = 24;
    private const int FramePointer = 29;

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
    /// <param name="image">The image.</param>
    /// <param name="code">Its code.</param>
    /// <param name="types">Its types.</param>
    /// <param name="prototypes">Those of functions that the types do not name.</param>
    /// <param name="pointers">The members, each with a function that one of them points to.</param>
    public static IReadOnlyList<(Reference Reference, MemberSlot Slot)> Through(
        KernelImage image, CodeMap code, TypeTable types, ComparedHashes prototypes, IReadOnlyCollection<(MemberSlot Slot, ulong Function)> pointers)
    {
        var found = new List<(Reference, MemberSlot)>();
        var bySlot = pointers.Select(pointer => pointer.Slot).DistinctBy(slot => (slot.Struct, slot.Offset))
            .ToDictionary(slot => (slot.Struct, slot.Offset));
        var byHash = ByHash(code, types, pointers);
        var offsets = bySlot.Keys.Select(slot => slot.Offset).ToHashSet();
        var candidates = Candidates(code, offsets);
        var arguments = new ArgumentTypes(image, code, types, prototypes).Of(candidates.Select(candidate => candidate.Start));
        var results = new List<(Reference, MemberSlot)>[candidates.Count];
        Parallel.For(0, candidates.Count, i => results[i] = Of(
            new FunctionFlow(image, code, types, candidates[i], arguments.GetValueOrDefault(candidates[i].Start)), code, candidates[i], bySlot,
            byHash));
        foreach (var result in results)
        {
            found.AddRange(result);
        }

        return found;
    }

    /// <summary>
    /// Members by the hash that kCFI compares and an offset, where of all structures and those that they embed one member alone has such a
    /// pointer there: a call is through it although nothing says what its register points to.
    /// </summary>
    private static Dictionary<(uint Hash, ulong Offset), MemberSlot> ByHash(
        CodeMap code, TypeTable types, IReadOnlyCollection<(MemberSlot Slot, ulong Function)> pointers)
    {
        var found = new Dictionary<(uint, ulong), MemberSlot>();
        var hashed = pointers
            .Select(pointer => (pointer.Slot, Hash: code.HashOf(pointer.Function)))
            .Where(pointer => pointer.Hash is not null)
            .Select(pointer => (pointer.Slot, Hash: pointer.Hash!.Value))
            .Distinct()
            .ToLookup(pointer => (pointer.Slot.Struct, pointer.Slot.Offset));
        foreach (var place in MemberSlots.ByOffset(types, [.. hashed.SelectMany(group => group).Select(pointer => pointer.Slot.Prototype).Distinct()]))
        {
            if (place.Select(slot => (slot.Struct, slot.Offset)).Distinct().Take(2).ToArray() is [var only])
            {
                foreach (var (slot, hash) in hashed[only].Where(pointer => pointer.Slot.Prototype == place.Key.Prototype))
                {
                    found[(hash, place.Key.Offset)] = slot with { Name = slot.Name + ", by its hash" };
                }
            }
        }

        return found;
    }

    private static List<(Reference Reference, MemberSlot Slot)> Of(
        FunctionFlow flow, CodeMap code, CodeRange function, Dictionary<(int Struct, ulong Offset), MemberSlot> slots,
        Dictionary<(uint Hash, ulong Offset), MemberSlot> byHash)
    {
        var found = new List<(Reference, MemberSlot)>();
        var untyped = new HashSet<int>();
        flow.Visit((address, word, registers) =>
        {
            var at = (int)((address - function.Start) / Opcode.Length);
            if (byHash.Count > 0 && Opcode.IsLoadQuad(word) && IsUntyped(Opcode.Rn(word), registers))
            {
                untyped.Add(at);
            }

            if (!IsPointerCall(word) || Opcode.Rn(word) >= registers.Length)
            {
                return;
            }

            var called = registers[Opcode.Rn(word)];
            var members = called.Kind == ValueKind.Unknown
                ? OfHash(code.Words(function), at, untyped, byHash)
                : called.Members.Where(slots.ContainsKey).Select(member => slots[member]);
            foreach (var slot in members)
            {
                found.Add((
                    new Reference(ReferenceKind.ThroughPointer, address, code.NameAt(address), address - function.Start, 0, slot.Name), slot));
            }
        });
        return found;
    }

    /// <summary>A pointer of which nothing is known: no variable, nothing in the frame, no structure without such a member.</summary>
    private static bool IsUntyped(int register, ReadOnlySpan<Value> registers) =>
        register < registers.Length && register != FramePointer
        && (registers[register].Kind == ValueKind.Unknown || registers[register] is { Kind: ValueKind.Argument, Type: 0 });

    /// <summary>The member that a call compares the hash of, by the offset that its register was loaded from.</summary>
    private static IEnumerable<MemberSlot> OfHash(
        ReadOnlySpan<uint> words, int call, HashSet<int> untyped, Dictionary<(uint Hash, ulong Offset), MemberSlot> byHash)
    {
        if (byHash.Count == 0 || call < TypeHashes.CheckLength || TypeHashes.ComparedAt(words, call - 1) is not { } hash)
        {
            return [];
        }

        var register = Opcode.Rn(words[call]);
        for (var i = call - TypeHashes.CheckLength; i >= Math.Max(0, call - FarthestUse); i--)
        {
            if ((RegisterWrites.Of(words[i]) >> register & 1) != 0)
            {
                return untyped.Contains(i) && byHash.TryGetValue((hash, Opcode.QuadOffset(words[i])), out var slot) ? [slot] : [];
            }
        }

        return [];
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
