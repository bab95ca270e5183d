using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>A vendor's repository with a few commits, and a device that wants one.</summary>
internal sealed class VendorRepository
{
    private readonly TestDevice _bench;
    private readonly string _name;

    public VendorRepository(TestDevice bench, string name, int noise = 0)
    {
        _bench = bench;
        _name = name;
        Folder = bench.Files.Folder("vendor/" + name);
        Oracle.Git(Folder, "init", "-q");
        if (noise > 0)
        {
            var bytes = new byte[noise];
            new Random(5).NextBytes(bytes);
            File.WriteAllBytes(Path.Combine(Folder, "firmware.bin"), bytes);
        }

        First = Commit("Makefile", "VERSION = 1\n");
    }

    public string Folder { get; }

    public string First { get; }

    public string Commit(string file, string text)
    {
        _bench.Files.Write($"vendor/{_name}/{file}", text);
        Oracle.Git(Folder, "add", "-A");
        Oracle.Git(Folder, "commit", "-q", "-m", text.Trim());
        return Oracle.Git(Folder, "rev-parse", "HEAD");
    }

    public string Tree(string commit) => Oracle.Git(Folder, "rev-parse", commit + "^{tree}");
}
