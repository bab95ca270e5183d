using Nuke.Common.Logging;
using Nuke.Common.Output;
using Serilog;

namespace Nuke.Common.Execution;

/// <summary>Runs the targets of a plan, one after the other.</summary>
internal sealed class BuildExecutor(
    IReadOnlyCollection<ExecutableTarget> plan, BuildConsole console, BuildLog log, Interruption interruption)
{
    /// <summary>Runs the targets until one fails or the build is interrupted.</summary>
    public void Run()
    {
        foreach (var target in plan.Where(target => target.Status == ExecutionStatus.Scheduled))
        {
            if (interruption.ExitCode is null && !plan.Any(other => other.Status is ExecutionStatus.Failed or ExecutionStatus.Aborted))
            {
                Run(target);
            }
            else
            {
                target.Status = ExecutionStatus.NotRun;
            }
        }
    }

    private void Run(ExecutableTarget target)
    {
        console.Host.Begin(console, target.Name);
        log.Target = target.Name;
        target.Status = ExecutionStatus.Running;
        target.Stopwatch.Start();
        try
        {
            target.Actions.ForEach(action => action());
            target.Status = ExecutionStatus.Succeeded;
        }
#pragma warning disable CA1031 // a target fails by any exception
        catch (Exception exception) when (interruption.Explains(exception))
        {
            target.Status = ExecutionStatus.Aborted;
        }
        catch (Exception exception)
#pragma warning restore CA1031
        {
            target.Status = ExecutionStatus.Failed;
            target.Summary.TryAdd(exception.GetType().Name, exception.Message.Split('\r', '\n')[0]);
            Log.Error(exception, "{Message}", exception.Message);
            console.Host.Fail(target.Name, exception.Message);
        }
        finally
        {
            target.Stopwatch.Stop();
            log.Target = "";
            console.Host.End();
        }
    }
}
