namespace KernelBuild.Host.Reporting;

/// <summary>How to run a build, as opposed to what to build: none of it changes the result.</summary>
public sealed record BuildOptions
{
    /// <summary>Parallel jobs of make; null for one per processor.</summary>
    public int? Jobs { get; init; }

    /// <summary>Build exactly what the lock file names, or fail.</summary>
    public bool Locked { get; init; }

    /// <summary>Resolve refs and versions anew, and write into the lock file what they are now.</summary>
    public bool UpdateLock { get; init; }

    /// <summary>Ask no server: take what the cache has, or fail.</summary>
    public bool Offline { get; init; }

    /// <summary>Install nothing; name what is missing and end.</summary>
    public bool NoInstall { get; init; }
}
