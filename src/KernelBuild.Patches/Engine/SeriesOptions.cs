namespace KernelBuild.Patches.Engine;

/// <summary>How to run a series, as opposed to which.</summary>
public sealed record SeriesOptions
{
    /// <summary>Leave out a patch that fails and go on with the next.</summary>
    public bool KeepGoing { get; init; }
}
