using System.Text;

namespace Nuke.Common.Output;

/// <summary>Writes whole lines, from any thread.</summary>
internal sealed class BuildConsole(TextWriter output, TextWriter error, bool hasColours)
{
    private readonly Lock _lock = new();

    /// <summary>Standard output and error, as UTF-8 without a byte order mark, whatever the locale says.</summary>
    public static BuildConsole OfProcess(IReadOnlyDictionary<string, string> environment) =>
#pragma warning disable CA2000 // they live as long as the process
        new(
            Open(Console.OpenStandardOutput()),
            Open(Console.OpenStandardError()),
            !Console.IsOutputRedirected && WantsColours(environment));
#pragma warning restore CA2000

    /// <summary>Whether the environment allows colours on a terminal (https://no-color.org).</summary>
    public static bool WantsColours(IReadOnlyDictionary<string, string> environment) =>
        environment.GetValueOrDefault("NO_COLOR", "").Length == 0 && environment.GetValueOrDefault("TERM", "") is not ("" or "dumb");

    public void Line(string text = "", Tone tone = Tone.Plain)
    {
        var escape = hasColours ? Escape(tone) : null;
        lock (_lock)
        {
            output.Write(escape is null ? text + "\n" : $"\e[{escape}m{text}\e[0m\n");
            output.Flush();
        }
    }

    public void Error(string text)
    {
        lock (_lock)
        {
            error.Write(text + "\n");
            error.Flush();
        }
    }

    /// <summary>The box that announces a part of the output.</summary>
    public void Header(string text)
    {
        Line();
        Line("╬" + new string('═', text.Length + 5), Tone.Faint);
        Line("║ " + text, Tone.Title);
        Line("╬" + new string('═', Math.Max(text.Length - 4, 2)), Tone.Faint);
        Line();
    }

    private static StreamWriter Open(Stream stream) => new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1024);

    private static string? Escape(Tone tone) => tone switch
    {
        Tone.Faint => "90",
        Tone.Title => "1;36",
        Tone.Good => "32",
        Tone.Warning => "33",
        Tone.Bad => "31",
        _ => null,
    };
}
