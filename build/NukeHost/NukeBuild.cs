using System.Linq.Expressions;
using Nuke.Common.Execution;
using Nuke.Common.IO;
using Nuke.Common.Tooling;

namespace Nuke.Common;

/// <summary>
/// Base class of a build. Its properties of type <see cref="Target"/> are the targets; its Main returns
/// <see cref="Execute{T}"/>.
/// </summary>
public abstract class NukeBuild
{
    /// <summary>What <c>--root</c> names, else the nearest directory upwards from the working directory that contains .nuke.</summary>
    public static AbsolutePath RootDirectory { get; internal set; } = null!; // set before a build object is created

    /// <summary>What <c>--host</c> names, else what the variables of the environment tell.</summary>
    public static Host Host { get; internal set; } = new CI.Terminal();

    /// <summary>The directory of the build's project file; null when the program does not run from below one.</summary>
    public static AbsolutePath? BuildProjectDirectory
    {
        get
        {
            AbsolutePath? directory = AppContext.BaseDirectory;
            while (directory is not null && !Directory.EnumerateFiles(directory, "*.csproj").Any())
            {
                directory = directory.Parent;
            }

            return directory;
        }
    }

    /// <summary>
    /// The exit code of the process. When it is not set: 0 on success, 1 when a target failed. An interrupted build always exits
    /// with 128 plus the signal's number.
    /// </summary>
    public int? ExitCode { get; set; }

    /// <summary>The targets to run, in this order.</summary>
    public IReadOnlyCollection<ExecutableTarget> ExecutionPlan { get; internal set; } = [];

    /// <summary>Adds notes to the running target's row of the summary. They replace those of an earlier call.</summary>
    public void ReportSummary(Configure<Dictionary<string, string>>? configurator = null)
    {
        var running = ExecutionPlan.FirstOrDefault(target => target.Status == ExecutionStatus.Running)
            ?? throw new InvalidOperationException("ReportSummary was called while no target was running");
        var summary = new Dictionary<string, string>();
        running.Summary = configurator?.Invoke(summary) ?? summary;
    }

    /// <summary>Called before the first target runs; parameters are set and the requirements of the targets are met.</summary>
    protected internal virtual void OnBuildInitialized()
    {
    }

    /// <summary>Called when the last target has ended, before the table of the targets is shown. It must not throw.</summary>
    protected internal virtual void OnBuildFinished()
    {
    }

    /// <summary>Runs the build that the command line describes, and returns its exit code.</summary>
    /// <param name="defaultTargetExpressions">The targets to run when the command line names none: <c>x => x.Compile</c>.</param>
    protected static int Execute<T>(params Expression<Func<T, Target>>[] defaultTargetExpressions)
        where T : NukeBuild, new() =>
        BuildRun.Execute(() => new T(), [.. defaultTargetExpressions.Select(NameOf)], HostContext.OfProcess());

    /// <summary>The name of the property, read from the expression, because compiling the expression is slow.</summary>
    private static string NameOf<T>(Expression<Func<T, Target>> expression) =>
        expression.Body is MemberExpression { Member.Name: var name }
            ? name
            : throw new ArgumentException($"A default target must be a property of the build: {expression.Body}");
}
