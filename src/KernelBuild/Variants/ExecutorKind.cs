namespace KernelBuild.Variants;

/// <summary>Who builds the cells of a matrix.</summary>
public enum ExecutorKind
{
    /// <summary>This machine.</summary>
    Local,

    /// <summary>The nodes of a cluster, on a file system that they share.</summary>
    Slurm,

    /// <summary>Jobs of a CI service, which read what is to be done from files that are written here.</summary>
    Ci,
}
