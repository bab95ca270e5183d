namespace Nuke.Common.Execution;

/// <summary>The state of a target, as the summary shows it.</summary>
public enum ExecutionStatus
{
    /// <summary>It will run.</summary>
    Scheduled,

    /// <summary>Another target failed, or the build was interrupted, before this one started.</summary>
    NotRun,

    /// <summary>Because of <c>--skip</c>.</summary>
    Skipped,

    /// <summary>It has begun and not ended.</summary>
    Running,

    /// <summary>The build was interrupted while it was running.</summary>
    Aborted,

    /// <summary>Its work threw.</summary>
    Failed,

    /// <summary>Its work is done.</summary>
    Succeeded,
}
