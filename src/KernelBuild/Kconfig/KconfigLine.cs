namespace KernelBuild.Kconfig;

/// <summary>A statement of a Kconfig file, continuation lines joined.</summary>
/// <param name="Number">Of its last line, counted from 1.</param>
/// <param name="Keyword">Its first word.</param>
/// <param name="Rest">What follows it.</param>
/// <param name="IsIndented">Belongs to the entry above it.</param>
internal readonly record struct KconfigLine(int Number, string Keyword, string Rest, bool IsIndented)
{
    /// <summary>The statements of a file, without help texts and empty lines.</summary>
    public static IEnumerable<KconfigLine> Read(IEnumerable<string> lines)
    {
        var number = 0;
        // the indentation of the help text being skipped: null outside of one, 0 before its first line
        int? help = null;
        var continued = "";
        foreach (var raw in lines)
        {
            number++;
            var line = continued + raw.Trim();
            var indentation = Indentation(raw);
            if (line.Length == 0 || SkipsHelp(ref help, indentation))
            {
                continue;
            }

            if (line[^1] == '\\')
            {
                continued = line[..^1].TrimEnd() + " ";
                continue;
            }

            var words = line.Split((char[])[' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries);
            if (words[0] is "help" or "---help---")
            {
                help = 0;
            }

            yield return new KconfigLine(number, words[0], words.Length > 1 ? words[1].Trim() : "", indentation > 0 || continued.Length > 0);
            continued = "";
        }
    }

    /// <summary>The first line of a help text sets its indentation, the first with less ends it.</summary>
    private static bool SkipsHelp(ref int? help, int indentation)
    {
        if (help is null)
        {
            return false;
        }

        help = help == 0 ? Math.Max(1, indentation) : help;
        if (indentation >= help)
        {
            return true;
        }

        help = null;
        return false;
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
}
