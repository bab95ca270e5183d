using System.Globalization;

namespace KernelBuild.Reproducibility;

/// <summary>The symbols of a System.map, by name and by place.</summary>
internal sealed class KernelSymbols
{
    private readonly Dictionary<string, (ulong Start, ulong End)> _byName = new(StringComparer.Ordinal);
    private readonly (ulong Address, string Name)[] _byPlace;

    private KernelSymbols((ulong Address, string Name)[] symbols)
    {
        _byPlace = [.. symbols.OrderBy(symbol => symbol.Address)];
        Start = symbols.FirstOrDefault(symbol => symbol.Name == "_text").Address;
        for (var at = 0; at < _byPlace.Length; at++)
        {
            var next = at + 1;
            while (next < _byPlace.Length && _byPlace[next].Address == _byPlace[at].Address)
            {
                next++;
            }

            _byName.TryAdd(_byPlace[at].Name, (_byPlace[at].Address, next < _byPlace.Length ? _byPlace[next].Address : _byPlace[at].Address));
        }
    }

    /// <summary>Where Image begins: the address of _text; 0 when the map has none.</summary>
    public ulong Start { get; }

    /// <summary>No symbols where there is no such file.</summary>
    public static KernelSymbols Load(string file) => new(!File.Exists(file) ? [] :
    [
        .. File.ReadLines(file)
            .Select(line => line.Split(' '))
            .Where(words => words.Length == 3)
            .Select(words => (Known: ulong.TryParse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var address), address, words[2]))
            .Where(symbol => symbol.Known)
            .Select(symbol => (symbol.address, symbol.Item3)),
    ]);

    /// <summary>From the symbol to the next one.</summary>
    public (ulong Start, ulong End)? Find(string name) => _byName.TryGetValue(name, out var range) ? range : null;

    /// <summary>The symbol at or before an address; null where none is.</summary>
    public string? At(ulong address)
    {
        var index = Array.BinarySearch(_byPlace, (address, ""), Comparer<(ulong Address, string Name)>.Create((a, b) => a.Address.CompareTo(b.Address)));
        index = index >= 0 ? index : ~index - 1;
        return index < 0 ? null : _byPlace[index].Name;
    }
}
