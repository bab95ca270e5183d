using System.Collections.Frozen;

namespace KernelBuild.KernelImages.Modules;

/// <summary>
/// The types of exported symbols as genksyms saw them when it made their checksums (make FILE.symtypes, or KBUILD_SYMTYPES=1 for all files):
/// a line for each type and each symbol, its name first, then its definition in tokens, in which s#, u#, e#, t# and E# name further types.
/// gendwarfksyms, since 6.14, writes the same form with other words.
/// </summary>
public sealed class SymbolTypes
{
    private const string TypeKinds = "sueEt";
    private const int MostTypes = 100_000;
    private readonly FrozenDictionary<string, Dictionary<string, string>> _units;

    private SymbolTypes(Dictionary<string, Dictionary<string, string>> units) => _units = units.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>How many exported symbols are known.</summary>
    public int Count => _units.Count;

    /// <summary>Reads files, each of which has types of its own: the same name may mean two things in two of them.</summary>
    /// <param name="texts">The files' texts; lines without a definition are passed over.</param>
    public static SymbolTypes Parse(IEnumerable<string> texts)
    {
        var units = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var types = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')))
            {
                var (name, rest) = Head(line);
                if (rest.Length == 0)
                {
                    continue;
                }

                types[name] = rest;
                if (!IsType(name))
                {
                    units.TryAdd(name, types);
                }
            }
        }

        return new SymbolTypes(units);
    }

    /// <summary>The difference nearest to a symbol.</summary>
    /// <param name="then">Of the kernel that the module was made for.</param>
    /// <param name="now">Of the kernel that it is to be loaded into.</param>
    /// <param name="symbol">An exported one.</param>
    /// <returns>"struct device has 'int added' where it had nothing", or null when there is none, or a side does not know the symbol.</returns>
    public static string? Difference(SymbolTypes then, SymbolTypes now, string symbol)
    {
        if (!then._units.TryGetValue(symbol, out var old) || !now._units.TryGetValue(symbol, out var current))
        {
            return null;
        }

        var (queue, seen) = (new Queue<string>([symbol]), new HashSet<string>(StringComparer.Ordinal) { symbol });
        while (queue.TryDequeue(out var name) && seen.Count < MostTypes)
        {
            var (before, after) = (old.GetValueOrDefault(name), current.GetValueOrDefault(name));
            if (before != after)
            {
                return Text(name, before, after);
            }

            foreach (var type in Tokens(after ?? "").Where(IsType).Where(seen.Add))
            {
                queue.Enqueue(type);
            }
        }

        return null;
    }

    private static string Text(string name, string? before, string? after)
    {
        var called = NameOf(name);
        if (before is null || after is null)
        {
            return $"{called} is defined for {(before is null ? "the new" : "the stock")} kernel only";
        }

        var (was, stands) = (Members(before), Members(after));
        if (was.Length == 0 || stands.Length == 0)
        {
            return $"{called} is '{Plain(after)}'; it was '{Plain(before)}'";
        }

        var i = 0;
        while (i < Math.Min(was.Length, stands.Length) && was[i] == stands[i])
        {
            i++;
        }

        return i == was.Length && i == stands.Length
            ? $"{called} has another size or name"
            : $"{called} has {Member(stands, i)} where it had {Member(was, i)}";
    }

    private static string Member(string[] members, int i) => i < members.Length ? $"'{Plain(members[i])}'" : "nothing";

    /// <summary>What stands between the outer braces, cut at the semicolons (genksyms) or commas of that depth.</summary>
    private static string[] Members(string definition)
    {
        var (members, member, depth) = (new List<string>(), new List<string>(), 0);
        foreach (var token in Tokens(definition))
        {
            depth -= token is "}" or ")" ? 1 : 0;
            if (depth == 0 && token == "}")
            {
                break;
            }

            if (depth == 1 && token is ";" or ",")
            {
                Finish();
            }
            else if (depth >= 1)
            {
                member.Add(token);
            }

            depth += token == "{" || (token == "(" && depth > 0) ? 1 : 0;
        }

        Finish();
        return [.. members];

        void Finish()
        {
            if (member.Count > 0)
            {
                members.Add(string.Join(' ', member));
                member.Clear();
            }
        }
    }

    private static (string Name, string Definition) Head(string line)
    {
        var end = line.StartsWith('\'') ? line.IndexOf('\'', 1) + 1 : line.IndexOf(' ', StringComparison.Ordinal);
        return end <= 0 || end >= line.Length ? (line, "") : (line[..end].Trim('\''), line[end..].Trim());
    }

    /// <summary>Words between blanks; gendwarfksyms puts names that have blanks between apostrophes.</summary>
    private static IEnumerable<string> Tokens(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }

            var isQuoted = text[at] == '\'';
            var end = text.IndexOf(isQuoted ? '\'' : ' ', at + 1);
            end = end < 0 ? text.Length : end;
            yield return isQuoted ? text[(at + 1)..end] : text[at..end];
            at = end + 1;
        }
    }

    private static bool IsType(string name) => name.Length > 2 && name[1] == '#' && TypeKinds.Contains(name[0], StringComparison.Ordinal);

    private static string NameOf(string name) => !IsType(name) ? name : name[0] switch
    {
        's' => "struct ",
        'u' => "union ",
        'e' => "enum ",
        _ => "",
    } + name[2..];

    private static string Plain(string definition) => string.Join(' ', Tokens(definition).Select(NameOf));
}
