using System.Diagnostics;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using Nuke.Common;
using Serilog;

/// <summary>Shows progress: on a terminal as a bar that goes when it is done, elsewhere with a message every 15 seconds.</summary>
internal sealed class ProgressDisplay : IBuildLog, IDisposable
{
    private static readonly TimeSpan _plainInterval = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private readonly bool _terminal = NukeBuild.Host.ToString() == "Terminal"
        && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
    private ProgressBar? _bar;

    public void Progress(string message, double? fraction = null)
    {
        lock (_lock)
        {
            if (_terminal)
            {
                _bar ??= new ProgressBar();
                _bar.Show(message, fraction);
            }
            else if (_sinceLast.Elapsed >= _plainInterval)
            {
                _sinceLast.Restart();
                Log.Information("{Message}", fraction is { } value ? $"{message} ({value * 100:0} %)" : message);
            }
        }
    }

    public void Line(string line)
    {
        lock (_lock)
        {
            // what is logged goes past Spectre: the bar makes room, and the next progress draws it again
            Clear();
            _sinceLast.Restart();
            if (CanonicalForm.TryRead(line, out var finding))
            {
                Findings.Report(finding, line);
            }
            else
            {
                Log.Information("{Line}", line);
            }
        }
    }

    public void Status(string message) => Line(message);

    public void Report(Diagnostic diagnostic)
    {
        lock (_lock)
        {
            Clear();
            _sinceLast.Restart();
            Findings.Report(diagnostic);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            Clear();
        }
    }

    private void Clear()
    {
        _bar?.Dispose();
        _bar = null;
    }
}
