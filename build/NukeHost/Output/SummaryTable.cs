using System.Globalization;
using Nuke.Common.Execution;

namespace Nuke.Common.Output;

/// <summary>The table at the end of a build.</summary>
internal static class SummaryTable
{
    private const int StatusColumn = 10;
    private const int DurationColumn = 10;

    public static void Write(BuildConsole console, IReadOnlyList<ExecutableTarget> plan, bool hasSucceeded)
    {
        console.Line();
        foreach (var (text, tone) in Render(plan))
        {
            console.Line(text, tone);
        }

        console.Line();
        console.Line(
            string.Create(
                CultureInfo.InvariantCulture, $"Build {(hasSucceeded ? "succeeded" : "failed")} on {DateTime.Now:yyyy-MM-dd HH:mm:ss}."),
            hasSucceeded ? Tone.Good : Tone.Bad);
    }

    /// <summary>One row per target, in the order of the plan.</summary>
    public static IEnumerable<(string Text, Tone Tone)> Render(IReadOnlyList<ExecutableTarget> plan)
    {
        var nameColumn = Math.Max(plan.Select(target => target.Name.Length).DefaultIfEmpty().Max() + 4, 19);
        var width = nameColumn + StatusColumn + DurationColumn;
        string Row(string name, string status, string duration) =>
            name.PadRight(nameColumn) + status.PadRight(StatusColumn) + duration.PadLeft(DurationColumn);

        yield return (new string('═', width), Tone.Faint);
        yield return (Row("Target", "Status", "Duration"), Tone.Title);
        yield return (new string('─', width), Tone.Faint);
        foreach (var target in plan)
        {
            var hasRun = target.Status is ExecutionStatus.Succeeded or ExecutionStatus.Failed or ExecutionStatus.Aborted;
            var row = Row(target.Name, target.Status.ToString(), hasRun ? Duration(target.Stopwatch.Elapsed) : "");
            var notes = string.Join(", ", target.Summary.Select(note => $"{note.Key}: {note.Value}"));
            yield return (notes.Length == 0 ? row.TrimEnd() : $"{row}   // {notes}", ToneOf(target.Status));
        }

        yield return (new string('─', width), Tone.Faint);
        var total = plan.Aggregate(TimeSpan.Zero, (sum, target) => sum + target.Stopwatch.Elapsed);
        yield return (Row("Total", "", Duration(total)), Tone.Title);
        yield return (new string('═', width), Tone.Faint);
    }

    /// <summary>Minutes and seconds, or that it was less than a second.</summary>
    public static string Duration(TimeSpan duration) =>
        duration < TimeSpan.FromSeconds(1)
            ? "< 1sec"
            : string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalMinutes}:{duration:ss}");

    private static Tone ToneOf(ExecutionStatus status) => status switch
    {
        ExecutionStatus.Succeeded => Tone.Good,
        ExecutionStatus.Failed => Tone.Bad,
        ExecutionStatus.Aborted or ExecutionStatus.NotRun => Tone.Warning,
        _ => Tone.Faint,
    };
}
