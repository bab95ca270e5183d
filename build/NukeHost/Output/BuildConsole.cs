using System.Text;

namespace Nuke.Common.Output;

/// <summary>Writes whole lines, from any thread.</summary>
internal sealed class BuildConsole(TextWriter output, TextWriter error, bool hasColours, bool allowsColours = false)
{
    private readonly Lock _lock = new();

    /// <summary>What reads the lines.</summary>
    public Host Host { get; set; } = new CI.Terminal();

    /// <summary>Standard output and error, as UTF-8 without a byte order mark, whatever the locale is.</summary>
    public static BuildConsole OfProcess(IReadOnlyDictionary<string, string> environment) =>
#pragma warning disable CA2000 // in use until the process ends
        new(
            new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)),
            new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)),
            !Console.IsOutputRedirected && WantsColours(environment),
            environment.GetValueOrDefault("NO_COLOR", "").Length == 0);
#pragma warning restore CA2000

    /// <summary>Whether the environment allows colours on a terminal (https://no-color.org).</summary>
    public static bool WantsColours(IReadOnlyDictionary<string, string> environment) =>
        environment.GetValueOrDefault("NO_COLOR", "").Length == 0 && environment.GetValueOrDefault("TERM", "") is not ("" or "dumb");

    public void Line(string text = "", Tone tone = Tone.Plain)
    {
        var safe = Host.Neutralize(text);
        var isColoured = tone != Tone.Plain && (hasColours || (allowsColours && Host.ShowsColours));
        Write(output, isColoured ? $"\e[{(int)tone}m{safe}\e[0m" : safe);
    }

    public void Error(string text) => Write(error, Host.Neutralize(text));

    /// <summary>A line that the host takes as a command.</summary>
    public void Command(string text) => Write(output, text);

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
