namespace KernelBuild.Host.Reporting;

/// <summary>How to run a build, as opposed to what to build: none of it changes the result.</summary>
public sealed record BuildOptions
{
    /// <summary>Parallel jobs of make; null for one per processor.</summary>
    public int? Jobs { get; init; }

    /// <summary>Build exactly what the lock file names, or fail.</summary>
    public bool Locked { get; init; }

    /// <summary>Install nothing; name what is missing and end.</summary>
    public bool NoInstall { get; init; }
}
