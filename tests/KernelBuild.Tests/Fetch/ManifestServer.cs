using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Host.Reporting;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>git's server with a repository of manifests and projects beside it, and a device that wants them.</summary>
internal sealed class ManifestServer : IDisposable
{
    public const string Head = """<manifest><remote name="o" fetch="."/><default remote="o" revision="main"/>""";

    public ManifestServer()
    {
        Manifests = new VendorRepository(Bench, "manifest");
        Daemon = new GitDaemon(Bench["vendor"]);
    }

    public TestDevice Bench { get; } = new();

    public VendorRepository Manifests { get; }

    public GitDaemon Daemon { get; }

    public string LockedManifest => Path.ChangeExtension(Bench.Project, ".manifest.xml");

    /// <summary>default.xml on the branch main.</summary>
    public string Spec => SpecOf("main");

    public string SpecOf(string revision) => $"repo:{Daemon.Url("manifest")}#default.xml@{revision}";

    /// <summary>A repository with the files; a line each.</summary>
    public VendorRepository Add(string name, params string[] files)
    {
        var repository = new VendorRepository(Bench, name);
        foreach (var file in files)
        {
            repository.Commit(file, $"{name} {file}\n");
        }

        return repository;
    }

    /// <returns>The commit.</returns>
    public string Write(string elements, string file = "default.xml") => Manifests.Commit(file, Head + elements + "</manifest>\n");

    public Task<LockedSource> FetchAsync(BuildOptions? options = null, params string[] groups) =>
        Bench.FetchAsync(new SourceItem(Spec) { Groups = [.. groups] }, options ?? new BuildOptions());

    /// <summary>Mode, path and, of links, target of all files.</summary>
    public string[] Files(LockedSource source) =>
    [
        .. Bench.Git("ls-tree", "-r", source.Tree.ToString()).Split('\n').Select(line =>
            line[..6] + " " + line.Split('\t')[1] + (line.StartsWith("120000", StringComparison.Ordinal)
                ? " -> " + Bench.Git("cat-file", "blob", line.Split(' ')[2].Split('\t')[0]) : "")),
    ];

    public string Text(LockedSource source, string path) => Bench.Git("show", $"{source.Tree}:{path}");

    public void Dispose()
    {
        Daemon.Dispose();
        Bench.Dispose();
    }
}
