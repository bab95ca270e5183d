using System.Globalization;
using System.IO.Enumeration;
using System.Text;

namespace KernelBuild.KernelImages.Symbols;

/// <summary>
/// Finds what a person means by a function: a name, the name that it has in the source, an address, a place behind a symbol, a pattern.
/// </summary>
public sealed class SymbolSearch(SymbolTable symbols)
{
    private const string Hex = "0x";
    private readonly Lazy<ILookup<string, int>> _bySource = new(() => Enumerable.Range(0, symbols.Count)
        .Where(index => IsWrapped(symbols, index))
        .Select(index => (Index: index, symbols[index].Name))
        .Where(symbol => SourceName.Of(symbol.Name) != symbol.Name)
        .ToLookup(symbol => SourceName.Of(symbol.Name), symbol => symbol.Index, StringComparer.Ordinal));

    /// <summary>
    /// The symbols that are meant, by address: all of a name, since static functions of one name occur in many files, and what compilers
    /// made of it (<see cref="SourceName"/>); the function around an address (<c>0xffff800008123456</c>) or a place (<c>f+0x10</c>,
    /// <c>f+0x10/0x80</c> as the kernel prints it); all that a pattern with <c>*</c> and <c>?</c> fits, of functions.
    /// </summary>
    public IReadOnlyList<KernelSymbol> Find(string text)
    {
        if (text.AsSpan().IndexOfAny('*', '?') >= 0)
        {
            return Matching(text);
        }

        if (text.StartsWith(Hex, StringComparison.OrdinalIgnoreCase) && Number(text) is { } address)
        {
            return Around(address);
        }

        var named = Named(text);
        if (named.Count > 0)
        {
            return named;
        }

        var plus = text.LastIndexOf('+');
        return plus > 0 && Number(text[(plus + 1)..].Split('/')[0]) is { } distance
            ? [.. Named(text[..plus]).SelectMany(symbol => Around(symbol.Address + distance)).Distinct()]
            : [];
    }

    /// <summary>Names that a person may have meant, the likeliest first: those that start with the text, those that contain it.</summary>
    /// <param name="text">What was not found.</param>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<string> Suggest(string text, int most)
    {
        var wanted = Encoding.Latin1.GetBytes(text);
        var (starting, containing) = (new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
        Span<byte> name = stackalloc byte[NameExpander.LongestName];
        for (var i = 0; wanted.Length > 2 && i < symbols.Count; i++)
        {
            var length = symbols.ExpandName(i, name);
            if (name[1..Math.Max(1, length)].IndexOf(wanted) is >= 0 and var at)
            {
                (at == 0 ? starting : containing).Add(symbols[i].Name);
            }
        }

        return [.. starting.OrderBy(candidate => candidate.Length).Concat(containing.OrderBy(candidate => candidate.Length)).Take(most)];
    }

    private List<KernelSymbol> Named(string name)
    {
        var found = symbols.FindAll(name).ToList();
        foreach (var index in _bySource.Value[name])
        {
            found.Add(symbols[index]);
        }

        return [.. found.OrderBy(symbol => symbol.Address)];
    }

    /// <summary>Whether a name may be one that was made of another: few are, and the others need no text.</summary>
    private static bool IsWrapped(SymbolTable symbols, int index)
    {
        Span<byte> name = stackalloc byte[NameExpander.LongestName];
        var length = symbols.ExpandName(index, name);
        var text = name[1..Math.Max(1, length)];
        return text.Length > 1 && (text[1..].IndexOfAny((byte)'.', (byte)'$') >= 0 || text.StartsWith("__UNIQUE_ID_"u8)
            || text.StartsWith("__initstub__"u8));
    }

    private KernelSymbol[] Around(ulong address)
    {
        var index = symbols.IndexBelow(address);
        return index < 0 ? [] : [symbols[symbols.FirstAlias(index)]];
    }

    private List<KernelSymbol> Matching(string pattern)
    {
        var found = new List<KernelSymbol>();
        Span<byte> name = stackalloc byte[NameExpander.LongestName];
        Span<char> text = stackalloc char[NameExpander.LongestName];
        for (var i = 0; i < symbols.Count; i++)
        {
            if (symbols.TypeOf(i) is not ('t' or 'T' or 'w' or 'W'))
            {
                continue;
            }

            var length = symbols.ExpandName(i, name);
            var letters = Encoding.Latin1.GetChars(name[1..Math.Max(1, length)], text);
            if (FileSystemName.MatchesSimpleExpression(pattern, text[..letters], ignoreCase: false))
            {
                found.Add(symbols[i]);
            }
        }

        return found;
    }

    private static ulong? Number(string text)
    {
        var isHex = text.StartsWith(Hex, StringComparison.OrdinalIgnoreCase);
        return ulong.TryParse(
            isHex ? text.AsSpan(Hex.Length) : text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None,
            CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }
}
