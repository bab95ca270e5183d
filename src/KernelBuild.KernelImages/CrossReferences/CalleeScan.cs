using System.Collections.Immutable;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>What a function calls: directly, at its end, through pointers; and which functions it hands on.</summary>
internal sealed class CalleeScan(KernelImage image, CodeMap code, TypeTable? types)
{
    public const string UnknownPointer = "an unknown pointer";

    /// <summary>In the order of the code, each callee once.</summary>
    /// <param name="start">First address of the function.</param>
    /// <param name="withAddresses">Whether functions count whose address it takes: what it registers, or gives to another function to call.</param>
    public ImmutableArray<Callee> Of(ulong start, bool withAddresses = false)
    {
        var function = code.FunctionAt(start);
        var found = ImmutableArray.CreateBuilder<Callee>();
        if (!HasPointerCall(code.Words(function)))
        {
            AddDirect(function, found);
        }
        else
        {
            new FunctionFlow(image, code, types, function).Visit((address, word, registers) =>
            {
                if (!AddDirect(function, address, word, found) && PointerOf(function, address, word) is { } register)
                {
                    AddPointer(function, address, register < registers.Length ? registers[register] : Value.Unknown, found);
                }
            });
        }

        if (withAddresses)
        {
            found.AddRange(AddressScan.Of(image, code, function)
                .Where(reference => !function.Contains(reference.To))
                .Select(reference => new Callee(reference)));
        }

        return [.. found.DistinctBy(callee => (callee.Reference.To, callee.Reference.Member, callee.Hash, callee.Reference.Kind == ReferenceKind.Address))];
    }

    private void AddDirect(CodeRange function, ImmutableArray<Callee>.Builder found)
    {
        var words = code.Words(function);
        for (var i = 0; i < words.Length; i++)
        {
            AddDirect(function, function.Start + ((ulong)i * Opcode.Length), words[i], found);
        }
    }

    private bool AddDirect(CodeRange function, ulong address, uint word, ImmutableArray<Callee>.Builder found)
    {
        var isCall = Opcode.IsBranchLink(word);
        var target = Opcode.DirectTarget(word, address);
        if (target == 0 || (!isCall && function.Contains(target)))
        {
            return false;
        }

        found.Add(new Callee(new Reference(
            isCall ? ReferenceKind.Call : ReferenceKind.Jump, address, code.NameAt(address), address - function.Start, target)));
        return true;
    }

    private void AddPointer(CodeRange function, ulong address, in Value value, ImmutableArray<Callee>.Builder found)
    {
        var reference = new Reference(ReferenceKind.ThroughPointer, address, code.NameAt(address), address - function.Start, 0, UnknownPointer);
        var isKnown = false;
        var hash = HashedCalls.ComparedBy(code, function, address);
        foreach (var member in value.Members)
        {
            isKnown = true;
            found.Add(new Callee(reference with { Member = NameOf(member) }, member, hash));
        }

        foreach (var target in value.Constants.Where(code.IsCode))
        {
            isKnown = true;
            found.Add(new Callee(reference with { To = target, Member = "an element of a table, or a variable" }));
        }

        if (!isKnown)
        {
            found.Add(new Callee(reference, Hash: hash));
        }
    }

    private string NameOf((int Type, ulong Offset) member)
    {
        types!.MemberAt(member.Type, member.Offset, out var path);
        return $"{types.NameOf(member.Type)}.{path}";
    }

    /// <summary>BLR, or the BR of a tail call; BR of a jump table stays within its function, and its register is no loaded pointer of a member.</summary>
    private static int? PointerOf(CodeRange function, ulong address, uint word) =>
        Opcode.IsBranchLinkRegister(word) || (Opcode.IsBranchRegister(word) && address + Opcode.Length >= function.End) ? Opcode.Rn(word) : null;

    private static bool HasPointerCall(ReadOnlySpan<uint> words)
    {
        foreach (var word in words)
        {
            if (Opcode.IsBranchLinkRegister(word) || Opcode.IsBranchRegister(word))
            {
                return true;
            }
        }

        return false;
    }
}
