namespace KernelBuild.Bench;

/// <summary>What a set of patches shows.</summary>
public enum TrialOutcome
{
    /// <summary>The fault is not there.</summary>
    Good,

    /// <summary>The fault is there.</summary>
    Bad,

    /// <summary>Nothing can be told: the set does not apply, or does not build where the fault shows at boot.</summary>
    Unresolved,
}
