using System.Globalization;
using Nuke.Common.Output;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;

namespace Nuke.Common.Logging;

/// <summary>Writes what the build logs through <see cref="Log"/> to the console and to the log file.</summary>
internal sealed class BuildLog(BuildConsole console, BuildLogFile file, Verbosity verbosity) : ILogEventSink
{
    private readonly Lock _lock = new();
    private readonly List<(string Text, LogEventLevel Level)> _problems = [];

    /// <summary>Name of the running target; empty between targets.</summary>
    public string Target { get; set; } = "";

    private LogEventLevel Threshold => verbosity switch
    {
        Verbosity.Verbose => LogEventLevel.Verbose,
        Verbosity.Minimal => LogEventLevel.Warning,
        Verbosity.Quiet => LogEventLevel.Error,
        _ => LogEventLevel.Debug,
    };

    /// <summary>Makes this the log behind <see cref="Log"/>.</summary>
    public void Install() => Log.Logger = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(this).CreateLogger();

    public void Emit(LogEvent logEvent)
    {
        lock (_lock)
        {
            logEvent.AddPropertyIfAbsent(new LogEventProperty(nameof(Target), new ScalarValue(Target)));
            if (logEvent.Level >= Threshold)
            {
                var stack = verbosity == Verbosity.Verbose && logEvent.Exception is { } exception ? "\n" + exception : "";
                console.Line(Format(logEvent, "{Timestamp:HH:mm:ss} [{Level:u3}] {Message:l}") + stack, ToneOf(logEvent.Level));
            }

            if (logEvent.Level >= LogEventLevel.Warning)
            {
                var origin = Target.Length == 0 ? "" : "{Target}: ";
                _problems.Add((Format(logEvent, $"[{{Level:u3}}] {origin}{{Message:l}}"), logEvent.Level));
            }

            file.Write(Format(logEvent, "{Timestamp:HH:mm:ss.fff} | {Level:u1} | {Target,-20} | {Message:l}\n{Exception}"));
        }
    }

    /// <summary>Repeats the warnings and errors.</summary>
    public void WriteProblems()
    {
        lock (_lock)
        {
            if (_problems.Count > 0)
            {
                console.Header("Errors & Warnings");
                _problems.ForEach(problem => console.Line(problem.Text, ToneOf(problem.Level)));
            }
        }
    }

    private static string Format(LogEvent logEvent, string template)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        new MessageTemplateTextFormatter(template, CultureInfo.InvariantCulture).Format(logEvent, text);
        return text.ToString();
    }

    private static Tone ToneOf(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => Tone.Faint,
        LogEventLevel.Information => Tone.Plain,
        LogEventLevel.Warning => Tone.Warning,
        _ => Tone.Bad,
    };
}
