using System.Diagnostics;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using Serilog;

/// <summary>Shows progress: on a terminal in one line that is overwritten, elsewhere with a message every 15 seconds.</summary>
internal sealed class ProgressDisplay : IBuildLog, IDisposable
{
    private static readonly TimeSpan _plainInterval = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private readonly bool _terminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
    private bool _drawn;

    public void Progress(string message)
    {
        lock (_lock)
        {
            if (_terminal)
            {
                var width = Math.Max(20, Console.WindowWidth - 1);
                Console.Write("\r\u001b[2K" + (message.Length > width ? message[..width] : message));
                _drawn = true;
            }
            else if (_sinceLast.Elapsed >= _plainInterval)
            {
                _sinceLast.Restart();
                Log.Information("{Message}", message);
            }
        }
    }

    public void Line(string line)
    {
        lock (_lock)
        {
            Clear();
            _sinceLast.Restart();
            if (line.Contains("error KB", StringComparison.Ordinal) || line.Contains("error MSB", StringComparison.Ordinal))
            {
                Log.Error("{Line}", line);
            }
            else if (line.Contains("warning KB", StringComparison.Ordinal) || line.Contains("warning MSB", StringComparison.Ordinal))
            {
                Log.Warning("{Line}", line);
            }
            else
            {
                Log.Information("{Line}", line);
            }
        }
    }

    public void Status(string message) => Line(message);

    public void Progress(string message, double? fraction) => Progress(message);

    public void Report(Diagnostic diagnostic) => Line(diagnostic.ToString());

    public void Dispose()
    {
        lock (_lock)
        {
            Clear();
        }
    }

    private void Clear()
    {
        if (_drawn)
        {
            Console.Write("\r\u001b[2K");
            _drawn = false;
        }
    }
}
