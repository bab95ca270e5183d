using System.Collections.Immutable;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Image;

namespace KernelBuild.KernelImages.Properties;

/// <summary>
/// Which device-tree properties a kernel's functions read: the names that reach the accessors, over all paths to each call. A function that
/// passes its own argument on is an accessor itself, and its callers are looked at as well.
/// </summary>
public sealed class PropertySearch(KernelImage image)
{
    private const int LongestName = 64;
    private const int MostRounds = 6;
    private readonly CodeMap _code = new(image);
    private readonly Dictionary<ulong, FunctionFlow> _flows = [];

    /// <summary>Every call of an accessor, by address.</summary>
    public ImmutableArray<PropertyRead> Find()
    {
        var found = new SortedDictionary<(ulong Address, int Argument), PropertyRead>();
        var known = new Dictionary<ulong, HashSet<int>>();
        var added = new Dictionary<ulong, HashSet<int>>();
        foreach (var (name, argument) in Accessors.All)
        {
            foreach (var symbol in _code.Symbols.FindAll(name))
            {
                added.TryAdd(symbol.Address, [argument]);
            }
        }

        // Each round looks at the callers of the accessors that the one before it found.
        for (var round = 0; round < MostRounds && added.Count > 0; round++)
        {
            foreach (var (function, arguments) in added)
            {
                (known.TryGetValue(function, out var all) ? all : known[function] = []).UnionWith(arguments);
            }

            added = Round(added, known, found);
        }

        return [.. found.Values];
    }

    private Dictionary<ulong, HashSet<int>> Round(
        Dictionary<ulong, HashSet<int>> accessors, Dictionary<ulong, HashSet<int>> known,
        SortedDictionary<(ulong Address, int Argument), PropertyRead> found)
    {
        var added = new Dictionary<ulong, HashSet<int>>();
        var calls = CallScan.To(_code, accessors.Keys.ToHashSet());
        foreach (var calling in calls.GroupBy(call => call.From - call.Offset))
        {
            var targets = calling.ToDictionary(call => call.From, call => call.To);
            Flow(calling.Key).Visit((address, _, registers) =>
            {
                if (!targets.TryGetValue(address, out var accessor))
                {
                    return;
                }

                foreach (var argument in accessors[accessor])
                {
                    var value = registers[argument];
                    var read = Read(address, accessor, value);
                    found[(address, argument)] = read;
                    if (read.PassedOn && !(known.TryGetValue(calling.Key, out var all) && all.Contains((int)value.Number)))
                    {
                        (added.TryGetValue(calling.Key, out var more) ? more : added[calling.Key] = []).Add((int)value.Number);
                    }
                }
            });
        }

        return added;
    }

    private FunctionFlow Flow(ulong function) =>
        _flows.TryGetValue(function, out var flow)
            ? flow
            : _flows[function] = new FunctionFlow(image, _code, null, _code.FunctionAt(function));

    private PropertyRead Read(ulong address, ulong accessor, Value value)
    {
        var function = _code.NameAt(address);
        if (value.Kind == ValueKind.Argument)
        {
            return new PropertyRead(function, address, _code.NameAt(accessor), [], PassedOn: true);
        }

        var texts = value.Constants.Select(constant => image.ReadText(constant, LongestName)).ToArray();
        return new PropertyRead(
            function, address, _code.NameAt(accessor), texts.Contains(null) ? [] : [.. texts.OfType<string>().Distinct()], PassedOn: false);
    }
}
