using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>
/// What callers tell of kCFI's hashes: a call through a member of a structure compares the hash of that member's prototype. So functions have
/// a prototype of which the types know no name, nor that of another one with the same hash.
/// </summary>
internal sealed class ComparedHashes(KernelImage image, CodeMap code, TypeTable types)
{
    private readonly HashedCalls _calls = new(code);
    private readonly Dictionary<uint, int> _known = [];

    /// <summary>The prototype of a function; 0 when neither the types nor a caller tells.</summary>
    public int PrototypeOf(ulong function)
    {
        var prototype = code.PrototypeOf(types, function);
        if (prototype != 0 || code.HashOf(function) is not { } hash)
        {
            return prototype;
        }

        return _known.TryGetValue(hash, out var known) ? known : _known[hash] = FromCallers(hash);
    }

    /// <summary>That of all members through which functions with the hash are called; 0 when there is none, or several.</summary>
    private int FromCallers(uint hash)
    {
        var found = 0;
        foreach (var group in _calls.Of(hash).GroupBy(call => code.FunctionAt(call).Start))
        {
            var calls = group.ToHashSet();
            var ofCaller = new List<int>();
            new FunctionFlow(image, code, types, code.FunctionAt(group.Key)).Visit((address, word, registers) =>
            {
                if (calls.Contains(address) && Opcode.Rn(word) < registers.Length)
                {
                    var called = registers[Opcode.Rn(word)];
                    ofCaller.AddRange(called.Members.Select(member => types.PointedTo(types.MemberAt(member.Type, member.Offset, out _))));
                    if (called.Kind == ValueKind.Argument && types.KindOf(called.Type) == TypeKind.FunctionPrototype)
                    {
                        ofCaller.Add(called.Type);
                    }
                }
            });
            foreach (var prototype in ofCaller.Where(one => one != 0))
            {
                if (found != 0 && !types.SamePrototype(found, prototype))
                {
                    return 0;
                }

                found = prototype;
            }
        }

        return found;
    }
}
