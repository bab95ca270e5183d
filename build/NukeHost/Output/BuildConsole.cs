using System.Text;

namespace Nuke.Common.Output;

/// <summary>Writes whole lines, from any thread.</summary>
internal sealed class BuildConsole(TextWriter output, TextWriter error, bool hasColours)
{
    private readonly Lock _lock = new();

    /// <summary>Standard output and error, as UTF-8 without a byte order mark, whatever the locale is.</summary>
    public static BuildConsole OfProcess(IReadOnlyDictionary<string, string> environment) =>
#pragma warning disable CA2000 // in use until the process ends
        new(
            new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)),
            new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)),
            !Console.IsOutputRedirected && WantsColours(environment));
#pragma warning restore CA2000

    /// <summary>Whether the environment allows colours on a terminal (https://no-color.org).</summary>
    public static bool WantsColours(IReadOnlyDictionary<string, string> environment) =>
        environment.GetValueOrDefault("NO_COLOR", "").Length == 0 && environment.GetValueOrDefault("TERM", "") is not ("" or "dumb");

    public void Line(string text = "", Tone tone = Tone.Plain) =>
        Write(output, hasColours && tone != Tone.Plain ? $"\e[{(int)tone}m{text}\e[0m" : text);

    public void Error(string text) => Write(error, text);

    /// <summary>The heading of a part of the output.</summary>
    public void Header(string text)
    {
        Line();
        Line("╬" + new string('═', text.Length + 5), Tone.Faint);
        Line("║ " + text, Tone.Title);
        Line("╬" + new string('═', Math.Max(text.Length - 4, 2)), Tone.Faint);
        Line();
    }

    private void Write(TextWriter writer, string line)
    {
        lock (_lock)
        {
            writer.Write(line + "\n");
            writer.Flush();
        }
    }
}
