using System.Runtime.InteropServices;
using Nuke.Common.Execution;
using Nuke.Common.Logging;
using Nuke.Common.Output;
using Nuke.Common.Parameters;

namespace Nuke.Common;

/// <summary>One run of a build, from the command line to the exit code.</summary>
internal sealed class BuildRun
{
    private const int Success = 0;
    private const int Failure = 1;
    private const int Misuse = 2;

    private readonly NukeBuild _build;
    private readonly BuildConsole _console;
    private readonly BuildLog _log;
    private readonly Lock _lock = new();
    private bool _hasFinished;

    private BuildRun(NukeBuild build, BuildConsole console, BuildLog log)
    {
        _build = build;
        _console = console;
        _log = log;
    }

    /// <returns>
    /// The exit code: 0 success, 1 a target failed, 2 the build could not start, 130 and 143 interrupted, or what the build sets.
    /// </returns>
    public static int Execute<T>(Func<T> create, IReadOnlyCollection<string> defaultTargets, HostContext context)
        where T : NukeBuild
    {
        context.Console.Host = Host.Of(Host.Detect(context.Environment), context.Console);
        try
        {
            return Start(create, defaultTargets, context);
        }
        catch (UsageException exception)
        {
            foreach (var error in exception.Errors)
            {
                context.Console.Error(error.ToString());
            }

            context.Console.Host.Fail(
                UsageError.Code, string.Join('\n', exception.Errors.Select(error => $"{error.Message}\n  fix: {error.Fix}")));

            return Misuse;
        }
#pragma warning disable CA1031 // a bug of the build outside of its targets: shown with its stack
        catch (Exception exception)
#pragma warning restore CA1031
        {
            context.Console.Error(exception.ToString());
            return Failure;
        }
    }

    private static int Start<T>(Func<T> create, IReadOnlyCollection<string> defaultTargets, HostContext context)
        where T : NukeBuild
    {
        var own = Parameter.Of(typeof(T));
        IReadOnlyList<Parameter> all = [.. BuiltInParameters.All, .. own];
        var commandLine = CommandLine.Parse(
            context.Arguments, all, [.. TargetFactory.Properties(typeof(T)).Select(property => property.Name)]);
        NukeBuild.RootDirectory = RootLocator.Find(commandLine, context);
        var values = ParameterValues.Resolve(all, commandLine, context.Environment, NukeBuild.RootDirectory);
        context.Console.Host = NukeBuild.Host = Host.Of(
            values.Get(BuiltInParameters.Host, Host.Detect(context.Environment)), context.Console);
        using var file = new BuildLogFile(NukeBuild.RootDirectory);
        var log = new BuildLog(context.Console, file, values.Get(BuiltInParameters.Verbosity, Verbosity.Normal));
        log.Install();
        if (!values.Get(BuiltInParameters.NoLogo, false))
        {
            var version = typeof(BuildRun).Assembly.GetName().Version!.ToString(fieldCount: 3);
            context.Console.Line($"NukeHost {version} ({RuntimeInformation.RuntimeIdentifier}, .NET {Environment.Version})\n", Tone.Faint);
        }

        var build = create();
        values.Inject(build);
        var targets = TargetFactory.Create(build, defaultTargets);
        var invoked = Invoked([.. commandLine.Targets, .. values.Get<string[]>(BuiltInParameters.Target, [])], targets);
        if (values.Get(BuiltInParameters.Help, false) || invoked.Count == 0)
        {
            context.Console.Line(HelpText.Render(targets, own, BuiltInParameters.All));
            return Success;
        }

        var plan = ExecutionPlanner.Plan(targets, invoked);
        build.ExecutionPlan = plan;
        Skip(values.Get<string[]?>(BuiltInParameters.Skip, null), targets, plan);
        if (values.Get(BuiltInParameters.Plan, false))
        {
            context.Console.Line(PlanText.Render(plan));
            return Success;
        }

        var missing = Requirements.Check(build, plan.Where(target => target.Status == ExecutionStatus.Scheduled), own);
        return missing.Count == 0 ? new BuildRun(build, context.Console, log).Run() : throw new UsageException(missing);
    }

    private static IReadOnlyList<ExecutableTarget> Invoked(IReadOnlyCollection<string> names, IReadOnlyList<ExecutableTarget> targets)
    {
        var invoked = names.Count > 0 ? TargetNames.Find(names, targets) : [.. targets.Where(target => target.IsDefault)];
        foreach (var target in invoked)
        {
            target.Invoked = true;
        }

        return invoked;
    }

    /// <summary>Marks what <c>--skip</c> names, or all targets if it names none. An invoked target is not skipped.</summary>
    private static void Skip(string[]? names, IReadOnlyList<ExecutableTarget> targets, IReadOnlyList<ExecutableTarget> plan)
    {
        if (names is null)
        {
            return;
        }

        var skipped = names.Length == 0 ? targets : TargetNames.Find(names, targets);
        foreach (var target in plan.Where(target => !target.Invoked && skipped.Contains(target)))
        {
            target.Status = ExecutionStatus.Skipped;
            target.Summary["Skipped"] = "via parameter";
        }
    }

    private int Run()
    {
        var grace = Interruption.DefaultGrace;
        using var interruption = new Interruption(
            grace,
            () => _console.Line(
                $"Interrupted; waiting up to {grace.TotalSeconds} s for the running target to end. Press Ctrl+C again to exit at once.",
                Tone.Warning),
            Abandon);
        interruption.Listen();
        _build.OnBuildInitialized();
        new BuildExecutor(_build.ExecutionPlan, _console, _log, interruption).Run();
        var hasSucceeded = interruption.ExitCode is null && _build.ExecutionPlan.All(target =>
            target.Status is ExecutionStatus.Succeeded or ExecutionStatus.Skipped);
        Finish(hasSucceeded);
        return interruption.ExitCode ?? _build.ExitCode ?? (hasSucceeded ? Success : Failure);
    }

    /// <summary>Ends the process while a target is running: it did not end in time, or the user sent a second SIGINT.</summary>
    private void Abandon(int exitCode, bool isInsistent)
    {
        if (!isInsistent)
        {
            foreach (var target in _build.ExecutionPlan)
            {
                target.Status = target.Status switch
                {
                    ExecutionStatus.Running => ExecutionStatus.Aborted,
                    ExecutionStatus.Scheduled => ExecutionStatus.NotRun,
                    var status => status,
                };
            }

            Finish(hasSucceeded: false);
        }

        Environment.Exit(exitCode);
    }

    /// <summary>Writes the summary, once: the running target may end in the moment in which it is abandoned.</summary>
    private void Finish(bool hasSucceeded)
    {
        lock (_lock)
        {
            if (!_hasFinished)
            {
                _hasFinished = true;
                _build.OnBuildFinished();
                _log.WriteProblems();
                SummaryTable.Write(_console, [.. _build.ExecutionPlan], hasSucceeded);
            }
        }
    }
}
