namespace KernelBuild.Cli.Tests;

/// <summary>A folder of a test.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kernelbuild-cli-").FullName;

    public string PathOf(string name) => Path.Combine(_folder, name);

    public string Save(string name, byte[] bytes)
    {
        File.WriteAllBytes(PathOf(name), bytes);
        return PathOf(name);
    }

    public byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
