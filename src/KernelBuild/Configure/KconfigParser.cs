namespace KernelBuild.Configure;

/// <summary>Finds the declarations in a Kconfig file, with the conditions of the blocks around each.</summary>
internal sealed class KconfigParser(string file)
{
    /// <summary>Conditions of the if, menu and choice blocks that are open.</summary>
    private readonly Stack<List<string>> _around = new();

    private Entry? _entry;

    public IEnumerable<KconfigDeclaration> Parse(IEnumerable<string> lines)
    {
        foreach (var line in KconfigLine.Read(lines))
        {
            switch (line.Keyword)
            {
                case "config" or "menuconfig":
                    if (Finish() is { } finished)
                    {
                        yield return finished;
                    }

                    _entry = new Entry(line.Rest, line.Number);
                    break;
                case "if" or "menu" or "choice" or "endif" or "endmenu" or "endchoice" or "source" or "comment" or "mainmenu"
                    when !line.IsIndented:
                    if (Finish() is { } last)
                    {
                        yield return last;
                    }

                    ReadBlock(line);
                    break;
                case "depends":
                    (_entry?.Conditions ?? (_around.Count > 0 ? _around.Peek() : [])).Add($"depends {line.Rest}");
                    break;
                case "prompt" or "bool" or "tristate" or "string" or "int" or "hex":
                    ReadPrompt(line);
                    break;
            }
        }

        if (Finish() is { } final)
        {
            yield return final;
        }
    }

    private void ReadBlock(KconfigLine line)
    {
        if (line.Keyword is "if" or "menu" or "choice")
        {
            _around.Push(line.Keyword == "if" ? ["if " + line.Rest] : []);
        }
        else if (line.Keyword.StartsWith("end", StringComparison.Ordinal) && _around.Count > 0)
        {
            _around.Pop();
        }
    }

    /// <summary>A type with a text has a prompt, which a condition may hide.</summary>
    private void ReadPrompt(KconfigLine line)
    {
        if (_entry is null || (line.Keyword != "prompt" && !line.Rest.StartsWith('"') && !line.Rest.StartsWith('\'')))
        {
            return;
        }

        _entry.HasPrompt = true;
        var condition = line.Rest.LastIndexOf(" if ", StringComparison.Ordinal);
        if (condition > 0)
        {
            _entry.Conditions.Add("prompt" + line.Rest[condition..]);
        }
    }

    private KconfigDeclaration? Finish()
    {
        var entry = _entry;
        _entry = null;
        return entry is null
            ? null
            : new KconfigDeclaration(
                entry.Name, file, entry.Line, entry.HasPrompt,
                [.. _around.Reverse().SelectMany(conditions => conditions), .. entry.Conditions]);
    }

    private sealed class Entry(string name, int line)
    {
        public string Name => name;

        public int Line => line;

        public bool HasPrompt { get; set; }

        public List<string> Conditions { get; } = [];
    }
}
