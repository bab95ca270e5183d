using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>
/// What the arguments of functions point to where the types have no such function, because link-time optimization renamed it: what its
/// hash tells, or what its direct callers hand over. C has one type for each parameter, so that callers who know it tell the same.
/// </summary>
internal sealed class ArgumentTypes(KernelImage image, CodeMap code, TypeTable types, ComparedHashes prototypes)
{
    private const int Arguments = 8;
    private const int MostCallers = 32;

    /// <summary>For each function that the types do not name: what x0 to x7 point to, 0 where that is not known.</summary>
    /// <param name="functions">First addresses.</param>
    public IReadOnlyDictionary<ulong, int[]> Of(IEnumerable<ulong> functions)
    {
        var found = new Dictionary<ulong, int[]>();
        var unknown = new HashSet<ulong>();
        foreach (var function in functions.Where(function => code.PrototypeOf(types, function) == 0))
        {
            if (prototypes.PrototypeOf(function) is not 0 and var prototype)
            {
                found[function] = [.. types.ParametersOf(prototype).Take(Arguments).Select(types.PointedTo)];
            }
            else if (TypeTable.IsRenamed(code.NameAt(function)))
            {
                unknown.Add(function);
            }
        }

        foreach (var calls in CallScan.To(code, unknown).GroupBy(call => call.To))
        {
            found[calls.Key] = FromCallers([.. calls.Take(MostCallers)]);
        }

        return found;
    }

    private int[] FromCallers(Reference[] calls)
    {
        var known = new int[Arguments];
        var contradicted = new bool[Arguments];
        foreach (var caller in calls.GroupBy(call => call.From - call.Offset))
        {
            var places = caller.Select(call => call.From).ToHashSet();
            new FunctionFlow(image, code, types, code.FunctionAt(caller.Key)).Visit((address, _, registers) =>
            {
                for (var i = 0; i < Arguments && places.Contains(address); i++)
                {
                    var type = registers[i].Kind == ValueKind.Argument || registers[i] is { Kind: ValueKind.Structure, Number: 0 }
                        ? registers[i].Type
                        : 0;
                    contradicted[i] |= type != 0 && known[i] != 0 && known[i] != type;
                    known[i] = type != 0 ? type : known[i];
                }
            });
        }

        return [.. known.Select((type, i) => contradicted[i] ? 0 : type)];
    }
}
