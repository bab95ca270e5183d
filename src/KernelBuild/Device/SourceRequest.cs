using System.Collections.Immutable;

namespace KernelBuild.Device;

/// <summary>Which source a device wants, and where what comes of it is kept.</summary>
/// <param name="Kernel">The source of the kernel.</param>
/// <param name="Folders">A first import leaves the files in the work tree as well.</param>
public sealed record SourceRequest(SourceItem Kernel, string ProjectFile, DeviceFolders Folders)
{
    /// <summary>What is put into the kernel's tree; each has a Path.</summary>
    public ImmutableArray<SourceItem> Parts { get; init; } = [];

    public string LockFile => Path.ChangeExtension(ProjectFile, ".lock.json");
}
