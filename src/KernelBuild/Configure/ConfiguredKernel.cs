using KernelBuild.Host.Files;

namespace KernelBuild.Configure;

/// <param name="Config">SHA-256 of .config.</param>
public sealed record ConfiguredKernel(Sha256Digest Config);
