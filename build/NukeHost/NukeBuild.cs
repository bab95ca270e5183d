using System.Linq.Expressions;
using Nuke.Common.Execution;
using Nuke.Common.Tooling;

namespace Nuke.Common;

/// <summary>Base of a build: a class whose properties of type <see cref="Target"/> are the targets, and whose Main returns <see cref="Execute{T}"/>.</summary>
public abstract partial class NukeBuild
{
    /// <summary>
    /// The exit code of the process, whatever became of the targets. Left alone, it is 0 on success, 1 when a target failed, 2 when
    /// the build could not start. An interrupted build exits with 128 plus the signal's number in any case.
    /// </summary>
    public int? ExitCode { get; set; }

    /// <summary>The targets that run, in their order.</summary>
    public IReadOnlyCollection<ExecutableTarget> ExecutionPlan { get; internal set; } = [];

    /// <summary>The targets that were asked for by name, or the default ones.</summary>
    public IReadOnlyCollection<ExecutableTarget> InvokedTargets => [.. ExecutionPlan.Where(target => target.Invoked)];

    public IReadOnlyCollection<ExecutableTarget> FailedTargets => [.. ExecutionPlan.Where(target => target.Status == ExecutionStatus.Failed)];

    /// <summary>Adds notes to the running target's row of the summary; replaces those of an earlier call.</summary>
    public void ReportSummary(Configure<Dictionary<string, string>>? configurator = null)
    {
        var running = ExecutionPlan.FirstOrDefault(target => target.Status == ExecutionStatus.Running)
            ?? throw new InvalidOperationException("ReportSummary is for running targets only");
        var summary = new Dictionary<string, string>();
        running.Summary = configurator?.Invoke(summary) ?? summary;
    }

    /// <summary>Runs the build that the command line describes, and returns its exit code.</summary>
    /// <param name="defaultTargetExpressions">Which targets run when the command line names none: <c>x => x.Compile</c>.</param>
    protected static int Execute<T>(params Expression<Func<T, Target>>[] defaultTargetExpressions)
        where T : NukeBuild, new() =>
        BuildRun.Execute(typeof(T), () => new T(), [.. defaultTargetExpressions.Select(NameOf)], Context);

    /// <summary>The property's name, read from the expression: compiling it would cost more than a build with nothing to do.</summary>
    private static string NameOf<T>(Expression<Func<T, Target>> expression) =>
        expression.Body is MemberExpression { Member.Name: var name }
            ? name
            : throw new ArgumentException($"A default target is a property of the build, not {expression.Body}");
}
