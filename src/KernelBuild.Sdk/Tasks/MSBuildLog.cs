using System.Diagnostics;
using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using Microsoft.Build.Framework;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Findings and progress as MSBuild messages.</summary>
internal sealed class MSBuildLog(Microsoft.Build.Utilities.Task task) : IBuildLog
{
    private static readonly TimeSpan _plainInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _liveInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Set by a parent that draws the progress itself.</summary>
    private static readonly bool _live = Environment.GetEnvironmentVariable("KERNELBUILD_PROGRESS") == "live";

    private readonly Lock _lock = new();
    private readonly Stopwatch _sinceProgress = Stopwatch.StartNew();

    public void Status(string message)
    {
        task.Log.LogMessage(MessageImportance.High, "{0}", message);
        lock (_lock)
        {
            _sinceProgress.Restart();
        }
    }

    public void Progress(string message, double? fraction)
    {
        lock (_lock)
        {
            if (_sinceProgress.Elapsed < (_live ? _liveInterval : _plainInterval))
            {
                return;
            }

            _sinceProgress.Restart();
        }

        var percent = fraction is { } value ? string.Create(CultureInfo.InvariantCulture, $" ({value * 100:0} %)") : "";
        task.Log.LogMessage(MessageImportance.High, "{0}", _live ? ProgressLine.Of(message, fraction) : message + percent);
    }

    public void Report(Diagnostic diagnostic)
    {
        var help = $"docs/codes/{diagnostic.Code}.md";
        switch (diagnostic.Severity)
        {
            case DiagnosticSeverity.Error:
                task.Log.LogError(
                    null, diagnostic.Code, null, help, diagnostic.File, diagnostic.Line, diagnostic.Column, 0, 0, "{0}",
                    diagnostic.FullMessage);
                break;
            case DiagnosticSeverity.Warning:
                task.Log.LogWarning(
                    null, diagnostic.Code, null, help, diagnostic.File, diagnostic.Line, diagnostic.Column, 0, 0, "{0}",
                    diagnostic.FullMessage);
                break;
            default:
                task.Log.LogMessage(
                    null, diagnostic.Code, null, diagnostic.File, diagnostic.Line, diagnostic.Column, 0, 0, MessageImportance.High, "{0}",
                    diagnostic.FullMessage);
                break;
        }
    }
}
