namespace KernelBuild.Bench;

/// <summary>How far each cell of a matrix goes.</summary>
public sealed record MatrixOptions
{
    /// <summary>Every prefix of each series is a cell too.</summary>
    public bool Each { get; init; }

    /// <summary>
    /// A patch that fails is left out and the next ones are tried, so that every one that fails is seen; a source that cannot be had
    /// fails its own cells alone.
    /// </summary>
    public bool KeepGoing { get; init; }

    /// <summary>Compile what applies.</summary>
    public bool Build { get; init; }

    /// <summary>Boot what was compiled, and compare the IOMMU groups.</summary>
    public bool Boot { get; init; }

    /// <summary>Check cells again of which nothing has changed.</summary>
    public bool Force { get; init; }
}
