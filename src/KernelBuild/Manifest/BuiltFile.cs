using KernelBuild.Host.Files;

namespace KernelBuild.Manifest;

/// <summary>A product as the manifest has it.</summary>
/// <param name="Name">Below the artifacts folder.</param>
/// <param name="Path">Absolute.</param>
/// <param name="Size">Bytes.</param>
public sealed record BuiltFile(string Name, string Path, long Size, Sha256Digest Sha256);
