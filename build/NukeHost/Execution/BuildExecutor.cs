using System.Reflection;
using Nuke.Common.Logging;
using Nuke.Common.Output;

namespace Nuke.Common.Execution;

/// <summary>Runs the targets of a plan, one after the other.</summary>
internal sealed class BuildExecutor(NukeBuild build, IReadOnlyCollection<ExecutableTarget> plan, BuildConsole console, BuildLog log, Interruption interruption)
{
    /// <summary>Takes out what <c>--skip</c> names: a target that is asked for by name runs all the same.</summary>
    /// <param name="plan">The targets that may be skipped.</param>
    /// <param name="skipped">Names, as the user wrote them; empty for all that are not asked for.</param>
    public static void Skip(IReadOnlyCollection<ExecutableTarget> plan, IReadOnlyCollection<string> skipped)
    {
        foreach (var target in plan.Where(target => !target.Invoked))
        {
            if (skipped.Count == 0 || skipped.Any(name => Parameters.Parameter.SameName(target.Name, name)))
            {
                target.Status = ExecutionStatus.Skipped;
                target.Summary["Skipped"] = "via parameter";
            }
        }
    }

    /// <summary>Takes out the targets whose static conditions do not hold. One that cannot be evaluated fails its target.</summary>
    public void CheckStaticConditions()
    {
        foreach (var target in plan.Where(target => target.Status == ExecutionStatus.Scheduled))
        {
            CheckConditions(target, target.Definition.StaticConditions);
        }
    }

    /// <summary>
    /// After a failure or an interruption only targets with AssuredAfterFailure run; a target with ProceedAfterFailure
    /// fails without that.
    /// </summary>
    public void Run()
    {
        foreach (var target in plan)
        {
            var hasStopped = interruption.ExitCode is not null || plan.Any(other =>
                other.Status == ExecutionStatus.Aborted
                || (other.Status == ExecutionStatus.Failed && !other.Definition.ProceedsAfterFailure));
            if (target.Status == ExecutionStatus.Scheduled)
            {
                if (hasStopped && !target.Definition.IsAssuredAfterFailure)
                {
                    target.Status = ExecutionStatus.NotRun;
                }
                else if (CheckConditions(target, target.Definition.DynamicConditions))
                {
                    Run(target);
                }
            }

            if (target.Status == ExecutionStatus.Skipped)
            {
                build.OnTargetSkipped(target.Name);
            }
        }
    }

    private void Run(ExecutableTarget target)
    {
        if (target.Definition.Actions.Count == 0)
        {
            target.Status = ExecutionStatus.Collective;
            return;
        }

        console.Header(target.Name);
        log.Target = target.Name;
        target.Status = ExecutionStatus.Running;
        target.Stopwatch.Start();
        var isAssuredOnly = interruption.ExitCode is not null;
        try
        {
            build.OnTargetRunning(target.Name);
            target.Definition.Actions.ForEach(action => action());
            target.Status = ExecutionStatus.Succeeded;
            build.OnTargetSucceeded(target.Name);
        }
#pragma warning disable CA1031 // whatever a target throws is what it failed of
        catch (Exception exception)
#pragma warning restore CA1031
        {
            // After a signal every exception is its consequence: child processes of the target have got it, too.
            exception = Unwrap(exception);
            Fail(target, exception, !isAssuredOnly && interruption.Explains(exception) ? ExecutionStatus.Aborted : ExecutionStatus.Failed);
        }
        finally
        {
            target.Stopwatch.Stop();
            log.Target = "";
        }
    }

    /// <returns>Whether the target may run.</returns>
    private bool CheckConditions(ExecutableTarget target, IReadOnlyCollection<Condition> conditions)
    {
        try
        {
            var violated = conditions.Where(condition => !condition.Holds()).Select(condition => condition.Text).ToList();
            if (violated.Count == 0)
            {
                return true;
            }

            target.Status = ExecutionStatus.Skipped;
            target.Summary["OnlyWhen"] = string.Join(" && ", violated);
        }
#pragma warning disable CA1031 // a condition is code of the target
        catch (Exception exception)
#pragma warning restore CA1031
        {
            log.Target = target.Name;
            Fail(target, Unwrap(exception), ExecutionStatus.Failed);
            log.Target = "";
        }

        return false;
    }

    private static Exception Unwrap(Exception exception)
    {
        while (exception is TargetInvocationException or AggregateException { InnerExceptions.Count: 1 } && exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception;
    }

    private void Fail(ExecutableTarget target, Exception exception, ExecutionStatus status)
    {
        target.Status = status;
        if (status == ExecutionStatus.Failed)
        {
            var message = exception.Message.AsSpan();
            var end = message.IndexOfAny('\r', '\n');
            target.Summary.TryAdd(exception.GetType().Name, (end < 0 ? message : message[..end]).ToString());
            log.Write(exception);
        }

        try
        {
            build.OnTargetFailed(target.Name);
        }
#pragma warning disable CA1031 // the failure is told already; the event cannot make it worse
        catch (Exception second)
#pragma warning restore CA1031
        {
            log.Write(second);
        }
    }
}
