using KernelBuild.Diagnostics;

namespace KernelBuild.Kconfig;

/// <summary>Reads Kconfig files, statement by statement. Source: Documentation/kbuild/kconfig-language.rst.</summary>
internal sealed class KconfigReader
{
    private const int DeepestFiles = 64;
    private static readonly Dictionary<string, KconfigType> _types = new(StringComparer.Ordinal)
    {
        ["bool"] = KconfigType.Boolean, ["boolean"] = KconfigType.Boolean, ["tristate"] = KconfigType.Tristate, ["int"] = KconfigType.Number,
        ["hex"] = KconfigType.Hexadecimal, ["string"] = KconfigType.Text, ["def_bool"] = KconfigType.Boolean, ["def_tristate"] = KconfigType.Tristate,
    };

    private readonly string _tree;
    private readonly IKconfigShell _shell;
    private readonly KconfigModel _model = new();
    private readonly KconfigMacros _macros;
    private readonly List<KconfigBlock> _blocks = [];
    private KconfigDraft? _draft;
    private string _file = "";
    private int _line;

    public KconfigReader(string tree, IKconfigShell shell)
    {
        _tree = tree;
        _shell = shell;
        _macros = new KconfigMacros(shell);
    }

    /// <exception cref="DiagnosticException">KB9012 when the tree has no Kconfig.</exception>
    public KconfigModel Read()
    {
        if (!File.Exists(Path.Combine(_tree, "Kconfig")))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.FileUnreadable, "there is no kernel tree here: no Kconfig", "give the folder of the kernel's Makefile") with
            { File = _tree });
        }

        ReadFile("Kconfig", 0);
        foreach (var choice in _model.Choices)
        {
            choice.SettleTypes();
        }

        return _model;
    }

    private void ReadFile(string file, int depth)
    {
        if (depth > DeepestFiles)
        {
            return;
        }

        _model.AddFile(file);
        var (outer, blocks) = (_file, _blocks.Count);
        foreach (var line in KconfigLine.Read(File.ReadLines(Path.Combine(_tree, file))))
        {
            (_file, _line) = (file, line.Number);
            _macros.At(file, line.Number);
            ReadStatement(line, depth);
        }

        Finish();
        _blocks.RemoveRange(blocks, Math.Max(0, _blocks.Count - blocks));
        _file = outer;
    }

    private void ReadStatement(KconfigLine line, int depth)
    {
        switch (line.Keyword)
        {
            case "config" or "menuconfig":
                Finish();
                _draft = new KconfigDraft(_model.Symbol(Words(line.Rest) is [var name, ..] ? name.Text : ""), _file, _line);
                break;
            case "choice":
                Finish();
                _draft = new KconfigDraft(null, _file, _line);
                break;
            case "menu" or "if":
                Finish();
                Open(line);
                break;
            case "endmenu" or "endif" or "endchoice":
                Finish();
                Close(line.Keyword[3..]);
                break;
            case "comment" or "mainmenu":
                Finish();
                _draft = new KconfigDraft(null, _file, _line) { IsComment = true };
                break;
            case "source" or "rsource" or "osource" or "orsource":
                Finish();
                Source(line, depth);
                break;
            default:
                if (!IsAssignment(line))
                {
                    ReadAttribute(line);
                }

                break;
        }
    }

    /// <summary>NAME = TEXT at the place of a statement defines a macro; the first word may have the sign with it.</summary>
    private bool IsAssignment(KconfigLine line)
    {
        foreach (var sign in (string[])[":=", "+=", "="])
        {
            if (line.Rest.StartsWith(sign, StringComparison.Ordinal) && line.Keyword.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            {
                Finish();
                _macros.Assign(line.Keyword, sign, line.Rest[sign.Length..].Trim());
                return true;
            }
        }

        return false;
    }

    private void Open(KconfigLine line)
    {
        var block = new KconfigBlock(line.Keyword, [], null, null);
        _blocks.Add(block);
        if (line.Keyword == "if" && Parser(line.Rest).Read() is { } condition)
        {
            block.Parts.Add((condition, _file, _line));
        }
    }

    private void Close(string keyword)
    {
        if (_blocks.Count > 0 && _blocks[^1].Keyword == keyword)
        {
            _blocks.RemoveAt(_blocks.Count - 1);
        }
    }

    private void Source(KconfigLine line, int depth)
    {
        var name = Words(line.Rest) is [var word, ..] ? OldVariables(word.Text) : "";
        var file = line.Keyword.Contains('r', StringComparison.Ordinal) && line.Keyword is "rsource" or "orsource"
            ? Path.Combine(Path.GetDirectoryName(_file) ?? "", name)
            : name;
        if (File.Exists(Path.Combine(_tree, file)))
        {
            var number = _line;
            ReadFile(file, depth + 1);
            _line = number;
        }
    }

    /// <summary>Before Linux 4.18 a file's name has $SRCARCH in it.</summary>
    private string OldVariables(string text)
    {
        for (var at = text.IndexOf('$', StringComparison.Ordinal); at >= 0; at = text.IndexOf('$', StringComparison.Ordinal))
        {
            var end = at + 1;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
            {
                end++;
            }

            text = text[..at] + (_shell.Variable(text[(at + 1)..end]) ?? "") + text[end..];
        }

        return text;
    }

    private void ReadAttribute(KconfigLine line)
    {
        if (line.Keyword == "depends")
        {
            var parser = Parser(line.Rest);
            parser.Takes("on");
            if (parser.Read() is { } condition)
            {
                AddCondition(parser.Takes("if") && parser.Read() is { } when ? KconfigExpression.Or(condition, KconfigExpression.Not(when)) : condition);
            }
        }
        else if (line.Keyword == "visible" && _draft is null && _blocks.Count > 0)
        {
            var parser = Parser(line.Rest);
            parser.Takes("if");
            _blocks[^1].Visible = KconfigExpression.And(_blocks[^1].Visible, parser.Read());
        }
        else if (_draft is not null)
        {
            ReadAttribute(_draft, line);
        }
    }

    private void AddCondition(KconfigExpression condition)
    {
        if (_draft is not null)
        {
            _draft.Depends.Add((condition, _file, _line));
        }
        else if (_blocks.Count > 0)
        {
            _blocks[^1].Parts.Add((condition, _file, _line));
        }
    }

    private void ReadAttribute(KconfigDraft draft, KconfigLine line)
    {
        var parser = Parser(line.Rest);
        switch (line.Keyword)
        {
            case "bool" or "boolean" or "tristate" or "int" or "hex" or "string":
                draft.SetType(_types[line.Keyword]);
                ReadPrompt(draft, parser);
                break;
            case "prompt":
                ReadPrompt(draft, parser);
                break;
            case "def_bool" or "def_tristate":
                draft.SetType(_types[line.Keyword]);
                ReadDefault(draft, parser);
                break;
            case "default":
                ReadDefault(draft, parser);
                break;
            case "select" or "imply" when parser.Operand() is { } target:
                (line.Keyword == "select" ? draft.Selects : draft.Implies).Add((target, Condition(parser), _line));
                break;
            case "range" when parser.Operand() is { } least && parser.Operand() is { } greatest:
                draft.Ranges.Add(new KconfigRange(least, greatest, Condition(parser)));
                break;
            case "transitional" when draft.Symbol is { } old:
                old.IsTransitional = true;
                break;
            case "optional":
                draft.IsOptional = true;
                break;
            case "modules":
                _model.Modules = draft.Symbol;
                break;
            case "option":
                ReadOption(draft, line.Rest);
                break;
        }
    }

    private static void ReadPrompt(KconfigDraft draft, KconfigExpressionParser parser)
    {
        if (parser.Operand() is { } text)
        {
            draft.Prompts.Add(new KconfigPrompt(text.Name, Condition(parser)));
        }
    }

    private static void ReadDefault(KconfigDraft draft, KconfigExpressionParser parser)
    {
        if (parser.Read() is { } value)
        {
            draft.Defaults.Add(new KconfigDefault(value, Condition(parser)));
        }
    }

    private static KconfigExpression? Condition(KconfigExpressionParser parser) => parser.Takes("if") ? parser.Read() : null;

    /// <summary>"option modules", "option defconfig_list" and, before Linux 4.18, "option env=NAME".</summary>
    private void ReadOption(KconfigDraft draft, string rest)
    {
        var words = rest.Split('=', 2, StringSplitOptions.TrimEntries);
        if (words[0] == "modules")
        {
            _model.Modules = draft.Symbol;
        }
        else if (words[0] == "defconfig_list" && draft.Symbol is { } list)
        {
            list.IsLeftOut = true;
        }
        else if (words is ["env", var variable])
        {
            draft.Defaults.Add(new KconfigDefault(KconfigExpression.Of(_model.Constant(_shell.Variable(variable.Trim('"')) ?? "")), null));
        }
    }

    private void Finish()
    {
        if (_draft is not { } draft)
        {
            return;
        }

        _draft = null;
        if (draft.IsComment)
        {
            return;
        }

        var around = _blocks.SelectMany(block => block.Parts).ToList();
        var choice = _blocks.Count > 0 ? _blocks.FindLast(block => block.Choice is not null)?.Choice : null;
        if (draft.Symbol is { } symbol)
        {
            draft.AddTo(symbol, around, Visible(), choice);
        }
        else
        {
            var made = draft.ToChoice(around, Visible());
            _model.Add(made);
            _blocks.Add(new KconfigBlock("choice", draft.Depends, null, made));
        }
    }

    private KconfigExpression? Visible() => _blocks.Aggregate((KconfigExpression?)null, (all, block) => KconfigExpression.And(all, block.Visible));

    private List<KconfigToken> Words(string text) => KconfigToken.Read(text, _macros);

    private KconfigExpressionParser Parser(string text) => new(_model, Words(text), 0);
}
