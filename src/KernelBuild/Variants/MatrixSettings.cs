namespace KernelBuild.Variants;

/// <summary>How a matrix is run.</summary>
/// <param name="Store">Address of the artifact store; null for the folder of the user's cache.</param>
/// <param name="Boot">Boot each cell under QEMU, and compare the groups with the device's expectation.</param>
public sealed record MatrixSettings(ExecutorKind Executor, string? Store, bool Boot)
{
    /// <summary>Cells at once on this machine; null for what processors and memory carry.</summary>
    public int? Lanes { get; init; }

    /// <summary>Options of sbatch for every job of a matrix on a cluster.</summary>
    public IReadOnlyList<string> SbatchOptions { get; init; } = [];

    /// <summary>_build.dll, which the jobs of a cluster start.</summary>
    public required string BuildAssembly { get; init; }

    /// <summary>What the build in each of those jobs is told besides its cell.</summary>
    public string BuildOptions { get; init; } = "";
}
