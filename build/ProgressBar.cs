using Spectre.Console;

/// <summary>One bar at the bottom of the terminal, until it is disposed.</summary>
internal sealed class ProgressBar : IDisposable
{
    private const int BarWidth = 20;

    /// <summary>What a line holds beside the message: spinner, bar, percentage, the blanks between them.</summary>
    private const int Beside = BarWidth + 12;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ProgressTask _task;
    private readonly Task _drawing;

    public ProgressBar()
    {
        var started = new TaskCompletionSource<ProgressTask>();
        _drawing = AnsiConsole.Progress()
            .AutoClear(true)
            .Columns(
                new SpinnerColumn(), new ProgressBarColumn { Width = BarWidth }, new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(context =>
            {
                // a task must have a name; the first progress gives it its own
                started.SetResult(context.AddTask("…"));
                return _ended.Task;
            });
        _task = started.Task.GetAwaiter().GetResult();
    }

    /// <param name="message">
    /// Taken as it is: what looks like markup is text. Cut at the width of the terminal, as a second line would move the bar.
    /// </param>
    /// <param name="fraction">0 to 1, or null when the end is not known.</param>
    public void Show(string message, double? fraction)
    {
        var width = Math.Max(20, AnsiConsole.Profile.Width - Beside);
        var text = message.Length > width ? message[..width] : message;
        _task.Description = fraction is { } value
            ? $"{value * 100:0} % {Markup.Escape(text)}"
            : string.IsNullOrWhiteSpace(text) ? "…" : Markup.Escape(text);
        _task.IsIndeterminate = fraction is null;
        _task.Value = (fraction ?? 0) * _task.MaxValue;
    }

    public void Dispose()
    {
        _ended.SetResult();
        _drawing.GetAwaiter().GetResult();
    }
}
