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
    private readonly Lazy<Dictionary<uint, int>> _functions = new(() => Count(code));

    /// <summary>Addresses of BLR and BR.</summary>
    public IEnumerable<ulong> Of(uint hash) => _calls.Value[hash];

    /// <summary>Every place that may call a function, with how many functions it may be that it calls.</summary>
    /// <param name="mostAlike">Functions with its hash, itself included: with more of them nothing is said.</param>
    public IEnumerable<Reference> To(ulong function, int mostAlike)
    {
        if (code.HashOf(function) is not { } hash || _functions.Value.GetValueOrDefault(hash) is not (> 0 and var alike) || alike > mostAlike)
        {
            return [];
        }

        var member = alike == 1
            ? "no other function has the hash that it compares"
            : string.Create(CultureInfo.InvariantCulture, $"{alike} functions have the hash that it compares");
        return Of(hash).Select(call =>
            new Reference(ReferenceKind.ByHash, call, code.NameAt(call), call - code.FunctionAt(call).Start, function, member));
    }

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
    private static Dictionary<uint, int> Count(CodeMap code) => Enumerable.Range(0, code.Symbols.Count)
        .Select(i => code.Symbols[i])
        .Where(symbol => symbol.IsCode)
        .Select(symbol => symbol.Address)
        .Distinct()
        .Select(code.HashOf)
        .OfType<uint>()
        .GroupBy(hash => hash)
        .ToDictionary(group => group.Key, group => group.Count());
}
