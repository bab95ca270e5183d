namespace Nuke.Common.Execution;

/// <summary>What became of a target of the plan.</summary>
public enum ExecutionStatus
{
    /// <summary>It will run when its turn comes.</summary>
    Scheduled,

    /// <summary>Its turn did not come, because another target failed or the build was interrupted.</summary>
    NotRun,

    /// <summary>A condition or <c>--skip</c> took it out.</summary>
    Skipped,

    /// <summary>It is at work.</summary>
    Running,

    /// <summary>It was at work when the build was interrupted.</summary>
    Aborted,

    /// <summary>It threw an exception.</summary>
    Failed,

    Succeeded,

    /// <summary>It has no work of its own, only dependencies; it gets no row in the summary.</summary>
    Collective,
}
