namespace KernelBuild.Device;

/// <summary>Which source a device wants, and where what comes of it is kept.</summary>
/// <param name="KernelSource">debian:…, git:…, archive:… or path:…, relative to the project's folder.</param>
/// <param name="Folders">A first import leaves the files in the work tree as well.</param>
public sealed record SourceRequest(string KernelSource, string ProjectFile, DeviceFolders Folders)
{
    public string LockFile => Path.ChangeExtension(ProjectFile, ".lock.json");
}
