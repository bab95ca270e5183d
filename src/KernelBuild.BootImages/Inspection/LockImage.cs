using System.Collections.Immutable;
using KernelBuild.BootImages.Files;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Inspection;

/// <summary>An image of a set that a device is to be locked with.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Partition">The partition that it is for.</param>
/// <param name="File">The image.</param>
/// <param name="Findings">What reading it found.</param>
public sealed record LockImage(string Path, string Partition, ImageFile File, ImmutableArray<Diagnostic> Findings);
