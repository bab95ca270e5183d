namespace Nuke.Common.Execution;

/// <summary>The state of a target, as the summary shows it.</summary>
internal enum ExecutionStatus
{
    Scheduled,

    /// <summary>Another target failed, or the build was interrupted, before this one started.</summary>
    NotRun,

    /// <summary>Because of <c>--skip</c>.</summary>
    Skipped,
    Running,

    /// <summary>The build was interrupted while it was running.</summary>
    Aborted,
    Failed,
    Succeeded,
}
