namespace KernelBuild.Testing;

/// <summary>A folder of a test's own, gone after it.</summary>
public sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kernelbuild-test-").FullName;

    public string this[string relative] => System.IO.Path.Combine(Path, relative);

    /// <summary>Writes a file, with the folders above it.</summary>
    public string Write(string relative, byte[] content)
    {
        var path = Write(relative, "");
        File.WriteAllBytes(path, content);
        return path;
    }

    public string Write(string relative, string content)
    {
        var path = this[relative];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public string Folder(string relative) => Directory.CreateDirectory(this[relative]).FullName;

    public string Script(string relative, string content)
    {
        var path = Write(relative, "#!/bin/sh\n" + content + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        return path;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException) when (Directory.Exists(Path))
        {
            // a name that is not UTF-8 cannot be said here
            Oracle.Text("/", "rm", "-rf", Path);
        }
    }
}
