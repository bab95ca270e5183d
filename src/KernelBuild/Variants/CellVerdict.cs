namespace KernelBuild.Variants;

/// <summary>What became of a cell.</summary>
public enum CellVerdict
{
    /// <summary>Nobody got to it, or who did was ended.</summary>
    NotRun,

    /// <summary>Built in this matrix.</summary>
    Built,

    /// <summary>Taken from the store, each digest checked.</summary>
    Fetched,

    Failed,
}
