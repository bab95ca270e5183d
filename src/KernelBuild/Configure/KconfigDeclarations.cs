using KernelBuild.Diagnostics;

namespace KernelBuild.Configure;

/// <summary>
/// Where a kernel declares its symbols and on what they depend, read from its Kconfig files line by line. This explains
/// what conf has decided; it decides nothing, and conditions of files that source another are not followed.
/// </summary>
public sealed class KconfigDeclarations
{
    private readonly ILookup<string, KconfigDeclaration> _declarations;

    private KconfigDeclarations(IEnumerable<KconfigDeclaration> declarations) =>
        _declarations = declarations.ToLookup(declaration => declaration.Name, StringComparer.Ordinal);

    /// <summary>Reads every Kconfig file of the tree that belongs to the architecture or to all of them.</summary>
    public static KconfigDeclarations Read(string tree, string architecture)
    {
        var files = Directory.EnumerateFiles(tree, "Kconfig*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(tree, file))
            .Where(file => !file.StartsWith("arch/", StringComparison.Ordinal)
                || file.StartsWith($"arch/{architecture}/", StringComparison.Ordinal)
                || file.IndexOf('/', "arch/".Length) < 0)
            .Where(file =>
                !file.StartsWith("scripts/", StringComparison.Ordinal) && !file.StartsWith("Documentation/", StringComparison.Ordinal));
        return new KconfigDeclarations(files.SelectMany(file => Parse(File.ReadLines(Path.Combine(tree, file)), file)));
    }

    public IReadOnlyList<KconfigDeclaration> Find(string name) => [.. _declarations[name]];

    /// <summary>At most three declared names that are a few letters away.</summary>
    public IReadOnlyList<string> Nearest(string name) => [.. NearestName.Among(name, _declarations.Select(group => group.Key), 3)];

    /// <summary>The values that the symbols of a condition have, such as "PCI=n MMU=y".</summary>
    public static string Values(string condition, KernelConfig config)
    {
        var names = condition.Split([' ', '\t', '(', ')', '&', '|', '!', '=', '<', '>'], StringSplitOptions.RemoveEmptyEntries)
            .Where(word =>
                word.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_') && word.Any(char.IsAsciiLetterUpper))
            .Distinct(StringComparer.Ordinal);
        return string.Join(' ', names.Select(name => $"{name}={config["CONFIG_" + name]}"));
    }

    internal static IEnumerable<KconfigDeclaration> Parse(IEnumerable<string> lines, string file)
    {
        var around = new Stack<List<string>>();
        (string Name, int Line, bool HasPrompt, List<string> Conditions)? entry = null;
        var number = 0;
        var inHelp = false;
        var helpIndentation = 0;
        var continued = "";
        foreach (var raw in lines)
        {
            number++;
            var line = continued + raw.Trim();
            var indentation = Indentation(raw);
            var indented = indentation > 0 || continued.Length > 0;
            if (line.Length == 0)
            {
                continue;
            }

            if (inHelp)
            {
                // the first line of a help text sets its indentation, the first with less ends it
                helpIndentation = helpIndentation == 0 ? Math.Max(1, indentation) : helpIndentation;
                inHelp = indentation >= helpIndentation;
                if (inHelp)
                {
                    continue;
                }
            }

            if (line[^1] == '\\')
            {
                continued = line[..^1].TrimEnd() + " ";
                continue;
            }

            continued = "";
            var words = line.Split((char[])[' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries);
            var rest = words.Length > 1 ? words[1].Trim() : "";
            switch (words[0])
            {
                case "config" or "menuconfig":
                    if (Finish(entry, around, file) is { } finished)
                    {
                        yield return finished;
                    }

                    entry = (rest, number, false, []);
                    break;
                case "if" or "menu" or "choice" or "endif" or "endmenu" or "endchoice" or "source" or "comment" or "mainmenu"
                    when !indented:
                    if (Finish(entry, around, file) is { } last)
                    {
                        yield return last;
                    }

                    entry = null;
                    if (words[0] is "if" or "menu" or "choice")
                    {
                        around.Push(words[0] == "if" ? ["if " + rest] : []);
                    }
                    else if (words[0].StartsWith("end", StringComparison.Ordinal) && around.Count > 0)
                    {
                        around.Pop();
                    }

                    break;
                case "depends":
                    (entry?.Conditions ?? (around.Count > 0 ? around.Peek() : [])).Add(line);
                    break;
                case "prompt" or "bool" or "tristate" or "string" or "int" or "hex":
                    if (entry is { } current && (words[0] == "prompt" || rest.StartsWith('"') || rest.StartsWith('\'')))
                    {
                        entry = current with { HasPrompt = true };
                        var condition = rest.LastIndexOf(" if ", StringComparison.Ordinal);
                        if (condition > 0)
                        {
                            current.Conditions.Add("prompt" + rest[condition..]);
                        }
                    }

                    break;
                case "help" or "---help---":
                    inHelp = true;
                    helpIndentation = 0;
                    break;
            }
        }

        if (Finish(entry, around, file) is { } final)
        {
            yield return final;
        }
    }

    /// <summary>In columns; a tab goes to the next multiple of eight.</summary>
    private static int Indentation(string line)
    {
        var column = 0;
        foreach (var c in line)
        {
            if (c == ' ')
            {
                column++;
            }
            else if (c == '\t')
            {
                column = (column / 8 * 8) + 8;
            }
            else
            {
                break;
            }
        }

        return column;
    }

    private static KconfigDeclaration? Finish(
        (string Name, int Line, bool HasPrompt, List<string> Conditions)? entry, Stack<List<string>> around, string file) =>
        entry is { } one
            ? new KconfigDeclaration(
                one.Name, file, one.Line, one.HasPrompt, [.. around.Reverse().SelectMany(conditions => conditions), .. one.Conditions])
            : null;
}
