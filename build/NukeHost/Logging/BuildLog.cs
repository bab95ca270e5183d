using System.Globalization;
using Nuke.Common.Output;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Nuke.Common.Logging;

/// <summary>Takes what the build says through <see cref="Log"/> to the console and to the log files.</summary>
internal sealed class BuildLog(BuildConsole console, BuildLogFiles files, TimeProvider clock) : ILogEventSink
{
    private readonly Lock _lock = new();
    private readonly List<(LogEventLevel Level, string Target, string Message)> _problems = [];

    /// <summary>Name of the target at work; empty between targets.</summary>
    public string Target { get; set; } = "";

    /// <summary>How much of it the console shows.</summary>
    public Verbosity Verbosity { get; set; } = Verbosity.Normal;

    /// <summary>Makes this the log behind <see cref="Log"/>.</summary>
    public void Install() => Log.Logger = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(this).CreateLogger();

    public void Emit(LogEvent logEvent) => Write(logEvent.Level, LogMessage.Render(logEvent), logEvent.Exception);

    /// <summary>An exception that ended a target: its message says what happened; its stack is for the file, and for those who ask for it.</summary>
    public void Write(Exception exception) => Write(LogEventLevel.Error, exception.Message, exception);

    /// <summary>The warnings and errors again, below all that has scrolled by.</summary>
    public void WriteProblems()
    {
        lock (_lock)
        {
            if (_problems.Count == 0)
            {
                return;
            }

            console.Header("Errors & Warnings");
            foreach (var (level, target, message) in _problems)
            {
                console.Line($"[{Short(level)}] {(target.Length == 0 ? "" : target + ": ")}{message}", ToneOf(level));
            }
        }
    }

    private void Write(LogEventLevel level, string message, Exception? exception)
    {
        lock (_lock)
        {
            var now = clock.GetLocalNow();
            if (level >= Threshold)
            {
                var details = exception is null || (exception.Message == message && Verbosity != Verbosity.Verbose) ? ""
                    : Verbosity == Verbosity.Verbose ? "\n" + exception
                    : $"\n{exception.GetType().Name}: {exception.Message}";
                console.Line(string.Create(CultureInfo.InvariantCulture, $"{now:HH:mm:ss} [{Short(level)}] {message}{details}"), ToneOf(level));
            }

            if (level >= LogEventLevel.Warning)
            {
                _problems.Add((level, Target, message));
            }

            var hadProblem = files.Problem is not null;
            files.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{now:HH:mm:ss.fff} | {level.ToString()[..1]} | {Target,-20} | {message}{(exception is null ? "" : "\n" + exception)}"));
            if (files.Problem is { } problem && !hadProblem)
            {
                console.Line($"{now:HH:mm:ss} [WRN] There is no log file: {problem}", Tone.Warning);
            }
        }
    }

    private LogEventLevel Threshold => Verbosity switch
    {
        Verbosity.Verbose => LogEventLevel.Verbose,
        Verbosity.Minimal => LogEventLevel.Warning,
        Verbosity.Quiet => LogEventLevel.Error,
        _ => LogEventLevel.Debug,
    };

    private static string Short(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "VRB",
        LogEventLevel.Debug => "DBG",
        LogEventLevel.Information => "INF",
        LogEventLevel.Warning => "WRN",
        LogEventLevel.Error => "ERR",
        _ => "FTL",
    };

    private static Tone ToneOf(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => Tone.Faint,
        LogEventLevel.Information => Tone.Plain,
        LogEventLevel.Warning => Tone.Warning,
        _ => Tone.Bad,
    };
}
