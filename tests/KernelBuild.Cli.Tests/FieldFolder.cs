using KernelBuild.Testing;

namespace KernelBuild.Cli.Tests;

/// <summary>A folder with the images of tests/data/boot/field, in which command lines are run by the names of its files.</summary>
internal sealed class FieldFolder : IDisposable
{
    private readonly TestFolder _folder = new();

    public FieldFolder()
    {
        foreach (var file in Directory.GetFiles(Repository.PathOf("tests", "data", "boot", "field")))
        {
            File.Copy(file, _folder[System.IO.Path.GetFileName(file)]);
        }
    }

    public string this[string name] => _folder[name];

    public string Path => _folder.Path;

    public byte[] Bytes(string name) => File.ReadAllBytes(_folder[name]);

    public string Write(string name, byte[] bytes) => _folder.Write(name, bytes);

    /// <summary>Words that are names of files in the folder, or begin with "new", stand for paths in it.</summary>
    public CommandRun Run(string line) => CommandRun.Of([.. line.Split(' ').Select(PathOf)]);

    public void Openssl(string line, byte[]? input = null) => Oracle.Output("openssl", line.Split(' '), input, _folder.Path);

    public void Dispose() => _folder.Dispose();

    private string PathOf(string word) =>
        word.StartsWith("new", StringComparison.Ordinal) || File.Exists(_folder[word]) || Directory.Exists(_folder[word]) ? _folder[word] : word;
}
