namespace KernelBuild.Cli.Files;

/// <summary>A folder that is made when it is asked for, and goes with this object.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private string? _path;

    public string Path => _path ??= Directory.CreateTempSubdirectory("kernelbuild-").FullName;

    public void Dispose()
    {
        if (_path is not null)
        {
            Directory.Delete(_path, recursive: true);
        }
    }
}
