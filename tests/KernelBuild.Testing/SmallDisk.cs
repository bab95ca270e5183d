namespace KernelBuild.Testing;

/// <summary>A tmpfs of a few blocks, mounted for one test.</summary>
public sealed class SmallDisk : IDisposable
{
    /// <param name="size">As mount takes it: 1m.</param>
    public SmallDisk(string folder, string size)
    {
        Path = folder;
        Oracle.Text(folder, "mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", folder);
    }

    public string Path { get; }

    /// <summary>Lazily: images that were looked into stay mapped until they are collected.</summary>
    public void Dispose() => Oracle.Text("/", "umount", "--lazy", Path);
}
