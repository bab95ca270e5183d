using System.Globalization;
using KernelBuild.KernelImages.Code;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>
/// Calls through pointers, by the hash that kCFI has them compare. A function that is called through a pointer is called from one of the places
/// that compare its hash, or from code that is built without kCFI (__nocfi).
/// </summary>
internal sealed class HashedCalls(CodeMap code)
{
    private readonly Lazy<ILookup<uint, ulong>> _calls = new(() => Find(code));
    private readonly Lazy<ILookup<uint, ulong>> _functions = new(() => Functions(code));

    /// <summary>Functions with one hash of which each may be followed; with more of them a hash says nothing about the way.</summary>
    public const int MostAlike = 8;

    /// <summary>Addresses of BLR and BR.</summary>
    public IEnumerable<ulong> Of(uint hash) => _calls.Value[hash];

    /// <summary>Every place that may call a function, with how many functions it may be that it calls.</summary>
    /// <param name="mostAlike">Functions with its hash, itself included: with more of them nothing is said.</param>
    public IEnumerable<Reference> To(ulong function, int mostAlike)
    {
        if (code.HashOf(function) is not { } hash || Alike(hash) is not (> 0 and var alike) || alike > mostAlike)
        {
            return [];
        }

        return Of(hash).Select(call =>
            new Reference(ReferenceKind.ByHash, call, code.NameAt(call), call - code.FunctionAt(call).Start, function, HowSure(alike)));
    }

    /// <summary>Every function that a call through a pointer may reach; none when they are too many to say anything.</summary>
    public IEnumerable<Reference> From(Callee callee) => callee.Hash is { } hash && Alike(hash) is > 0 and <= MostAlike and var alike
        ? _functions.Value[hash].Select(function => callee.Reference with { Kind = ReferenceKind.ByHash, To = function, Member = HowSure(alike) })
        : [];

    /// <summary>The hash that is compared in front of a BLR or BR; null when none is.</summary>
    public static uint? ComparedBy(CodeMap code, CodeRange function, ulong call)
    {
        var place = (int)((call - function.Start) / Opcode.Length);
        return place < TypeHashes.CheckLength ? null : TypeHashes.ComparedAt(code.Words(function), place - 1);
    }

    private int Alike(uint hash) => _functions.Value[hash].Count();

    private static string HowSure(int alike) => alike == 1
        ? "no other function has the hash that it compares"
        : string.Create(CultureInfo.InvariantCulture, $"{alike} functions have the hash that it compares");

    /// <summary>BLR or BR behind MOVK, MOVK, CMP, B.EQ, BRK.</summary>
    private static ILookup<uint, ulong> Find(CodeMap code)
    {
        var calls = new List<(uint Hash, ulong Call)>();
        foreach (var range in code.Ranges)
        {
            var words = code.Words(range);
            for (var i = TypeHashes.CheckLength; i < words.Length; i++)
            {
                if ((Opcode.IsBranchLinkRegister(words[i]) || Opcode.IsBranchRegister(words[i]))
                    && TypeHashes.ComparedAt(words, i - 1) is { } hash)
                {
                    calls.Add((hash, range.Start + ((ulong)i * Opcode.Length)));
                }
            }
        }

        return calls.ToLookup(call => call.Hash, call => call.Call);
    }

    /// <summary>Functions of one address count once, whatever names they have.</summary>
    private static ILookup<uint, ulong> Functions(CodeMap code) => Enumerable.Range(0, code.Symbols.Count)
        .Select(i => code.Symbols[i])
        .Where(symbol => symbol.IsCode)
        .Select(symbol => symbol.Address)
        .Distinct()
        .Where(address => code.HashOf(address) is not null)
        .ToLookup(address => code.HashOf(address)!.Value);
}
