using System.Collections.Immutable;
using KernelBuild.Host.Files;

namespace KernelBuild.Configure;

/// <param name="Config">SHA-256 of .config.</param>
public sealed record ConfiguredKernel(Sha256Digest Config)
{
    /// <summary>Commands of the build.config that ran, as one could type them; paths are below the kernel's top.</summary>
    public ImmutableArray<string> CommandsRun { get; init; } = [];

    /// <summary>Commands of the build.config that did not run, as they stand there.</summary>
    public ImmutableArray<string> CommandsNotRun { get; init; } = [];
}
