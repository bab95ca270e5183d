using System.Reflection;
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

    private readonly HostContext _context;
    private readonly Type _type;
    private readonly IReadOnlyCollection<string> _defaultTargets;
    private readonly IReadOnlyList<Parameter> _own;
    private readonly IReadOnlyList<Parameter> _all;
    private int _hasFinished;

    private BuildRun(Type type, IReadOnlyCollection<string> defaultTargets, HostContext context)
    {
        _context = context;
        _type = type;
        _defaultTargets = defaultTargets;
        _own = OwnParameters.Of(type);
        _all = [.. BuiltInParameters.All, .. _own];
    }

    /// <summary>0 success, 1 a target failed, 2 the build could not start, 130 and 143 interrupted, or what the build says.</summary>
    public static int Execute(Type type, Func<NukeBuild> create, IReadOnlyCollection<string> defaultTargets, HostContext context)
    {
        try
        {
            NukeBuild.Context = context;
            return new BuildRun(type, defaultTargets, context).Run(create);
        }
        catch (Exception exception) when (Cause(exception) is UsageException)
        {
            foreach (var error in ((UsageException)Cause(exception)).Errors)
            {
                context.Console.Error(error.ToString());
            }

            return Misuse;
        }
#pragma warning disable CA1031 // a defect of the build itself, outside its targets: told with its stack, and a failure like any other
        catch (Exception exception)
#pragma warning restore CA1031
        {
            context.Console.Error(exception.ToString());
            return Failure;
        }
    }

    private int Run(Func<NukeBuild> create)
    {
        var commandLine = CommandLine.Parse(_context.Arguments, _all, [.. TargetFactory.Properties(_type).Select(property => property.Name)]);
        var root = NukeBuild.RootDirectory;
        var values = ParameterValues.Resolve(_all, commandLine, _context, root);
        NukeBuild.Host = values.IsSet(BuiltInParameters.Host) ? values.Get<BuildHost>(BuiltInParameters.Host) : HostDetector.Detect(_context.Environment);

        using var files = new BuildLogFiles(NukeBuild.TemporaryDirectory, _context.Clock.GetLocalNow());
        var log = new BuildLog(_context.Console, files, _context.Clock);
        NukeBuild.CurrentLog = log;
        NukeBuild.Verbosity = values.IsSet(BuiltInParameters.Verbosity) ? values.Get<Verbosity>(BuiltInParameters.Verbosity) : Verbosity.Normal;
        log.Install();
        if (!values.Get<bool>(BuiltInParameters.NoLogo))
        {
            BuildReport.WriteBanner(_context.Console);
        }

        var build = create();
        build.OnBuildCreated();
        values.Inject(build);
        var targets = TargetFactory.Create(build, _defaultTargets);
        var invoked = Invoked(commandLine, values, targets);
        if (values.Get<bool>(BuiltInParameters.Help) || invoked.Count == 0)
        {
            _context.Console.Line(HelpText.Render(targets, _own, BuiltInParameters.All));
            return Success;
        }

        var plan = ExecutionPlanner.Plan(targets, invoked);
        build.ExecutionPlan = plan;
        if (values.Get<string[]>(BuiltInParameters.Skip) is { } skipped)
        {
            TargetNames.Find(skipped, targets);
            BuildExecutor.Skip(plan, skipped);
        }

        if (values.Get<bool>(BuiltInParameters.Plan))
        {
            _context.Console.Line(PlanText.Render(plan));
            return Success;
        }

        if (NukeBuild.IsLocalBuild)
        {
            SchemaFile.Refresh(root, _type, _own, targets);
        }

        return Run(build, plan, log);
    }

    private int Run(NukeBuild build, IReadOnlyList<ExecutableTarget> plan, BuildLog log)
    {
        using var interruption = new Interruption(
            Interruption.DefaultGrace,
            () => _context.Console.Line($"Interrupted; waiting up to {Interruption.DefaultGrace.TotalSeconds} s for the running target to end. Ctrl+C again: not at all.", Tone.Warning),
            (exitCode, isInsistent) => Abandon(build, log, exitCode, isInsistent));
        var executor = new BuildExecutor(build, plan, _context.Console, log, interruption);
        executor.CheckStaticConditions();
        var missing = Requirements.Check(build, plan.Where(target => target.Status == ExecutionStatus.Scheduled), _own);
        if (missing.Count > 0)
        {
            throw new UsageException(missing);
        }

        interruption.Listen();
        build.OnBuildInitialized();
        executor.Run();
        build.OnBuildFinished();
        return Finish(build, log, interruption.ExitCode)
            ? interruption.ExitCode ?? build.ExitCode ?? (HasSucceeded(build) ? Success : Failure)
            : WaitForExit();
    }

    private static IReadOnlyList<ExecutableTarget> Invoked(CommandLine commandLine, ParameterValues values, IReadOnlyList<ExecutableTarget> targets)
    {
        var names = commandLine.Targets.Concat(values.Get<string[]>(BuiltInParameters.Target) ?? []).ToList();
        var invoked = names.Count > 0 ? TargetNames.Find(names, targets) : [.. targets.Where(target => target.IsDefault)];
        foreach (var target in invoked)
        {
            target.Invoked = true;
        }

        return invoked;
    }

    /// <summary>Writes what a build ends with.</summary>
    /// <returns>False when another thread is at it already.</returns>
    private bool Finish(NukeBuild build, BuildLog log, int? interruptedBy)
    {
        if (Interlocked.Exchange(ref _hasFinished, 1) != 0)
        {
            return false;
        }

        log.WriteProblems();
        BuildReport.WriteOutcome(
            _context.Console, build.ExecutionPlan, interruptedBy is null && HasSucceeded(build), _context.Clock.GetLocalNow());
        return true;
    }

    /// <summary>The running target has not ended in time, or the user does not want to wait for it.</summary>
    private void Abandon(NukeBuild build, BuildLog log, int exitCode, bool isInsistent)
    {
        if (!isInsistent)
        {
            foreach (var target in build.ExecutionPlan)
            {
                target.Status = target.Status switch
                {
                    ExecutionStatus.Running => ExecutionStatus.Aborted,
                    ExecutionStatus.Scheduled => ExecutionStatus.NotRun,
                    var status => status,
                };
            }

            if (!Finish(build, log, exitCode))
            {
                return;
            }
        }

        Environment.Exit(exitCode);
    }

    private static bool HasSucceeded(NukeBuild build) => build.ExecutionPlan.All(target =>
        target.Status is ExecutionStatus.Succeeded or ExecutionStatus.Skipped or ExecutionStatus.Collective);

    /// <summary>Another thread is about to end the process with the right code.</summary>
    private static int WaitForExit()
    {
        Thread.Sleep(Timeout.Infinite);
        return Failure;
    }

    /// <summary>The root may be asked for by a static field or a constructor of the build, whose exceptions arrive wrapped.</summary>
    private static Exception Cause(Exception exception) =>
        exception is TypeInitializationException or TargetInvocationException && exception.InnerException is { } inner ? Cause(inner) : exception;
}
