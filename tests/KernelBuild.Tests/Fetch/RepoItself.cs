namespace KernelBuild.Tests.Fetch;

/// <summary>
/// Android's repo tool as the oracle: of a manifest with every element that has an effect, it checks out our tree and pins our manifest.
/// $KERNELBUILD_REPO_TOOL names a clone of git-repo, since the repo of a distribution fetches the rest of itself.
/// </summary>
public sealed class RepoItself : IDisposable
{
    private readonly ManifestServer _server = new();

    public void Dispose() => _server.Dispose();

    private static string? Tool => Environment.GetEnvironmentVariable("KERNELBUILD_REPO_TOOL") is { Length: > 0 } folder
        ? Path.Combine(folder, "repo") : null;

    private string Repo(params string[] arguments) => Oracle.Text(
        _server.Bench.Files.Folder("checkout"), "env", ["HOME=" + _server.Bench.Files.Folder("home"), "python3", Tool!, .. arguments]);

    /// <summary>What repo checked out, without its own folders, as a tree of git.</summary>
    private string CheckedOut()
    {
        var plain = _server.Bench["plain"];
        Oracle.Text(_server.Bench.Files.Path, "cp", "-a", "checkout", plain);
        Oracle.Text(plain, "find", ".", "(", "-name", ".git", "-o", "-name", ".repo", ")", "-prune", "-exec", "rm", "-rf", "{}", "+");
        Oracle.Git(plain, "init", "-q");
        Oracle.Git(plain, "add", "-A", "-f");
        return Oracle.Git(plain, "write-tree");
    }

    [FactWith("python3")]
    public async Task A_manifest_with_every_element_is_the_tree_and_the_pinned_manifest_of_repo()
    {
        Assert.SkipWhen(Tool is null, "KERNELBUILD_REPO_TOOL names no clone of git-repo");
        _server.Add("kernel/common", "arch/Kconfig", "inner/own.c", "inner/both.c");
        _server.Add("kernel/inner", "both.c", "new.c");
        var build = _server.Add("build", "lib/one.sh", "lib/two.sh", "lib/.hidden.sh");
        File.SetUnixFileMode(Path.Combine(build.Folder, "lib/one.sh"), (UnixFileMode)0b111_101_101);
        build.Commit("config", "config\n");
        var tools = _server.Add("tools", "a.py");
        Oracle.Git(tools.Folder, "tag", "-a", "-m", "tools", "v1");
        Oracle.Git(tools.Folder, "branch", "stable");
        tools.Commit("b.py", "not in v1\n");
        var pinned = _server.Add("pinned", "old.c");
        var old = Oracle.Git(pinned.Folder, "rev-parse", "HEAD");
        pinned.Commit("young.c", "not wanted\n");
        foreach (var name in (string[])["wlan", "not-wanted", "removed", "moved", "wanted"])
        {
            _server.Add(name, name + ".c");
        }

        _server.Manifests.Commit("more/vendor.xml", """
            <manifest>
              <remote name="vendor" alias="v" fetch="." revision="main"/>
              <project name="wlan" path="vendor/wlan" groups="g" remote="vendor"/>
              <project name="not-wanted" groups="notdefault"/>
              <project name="removed"/>
              <project name="moved" path="here"/>
            </manifest>
            """);
        _server.Write($"""
            <project name="kernel/common" path="common">
              <linkfile src="." dest="kernel"/>
              <annotation name="about" value="a kernel"/>
            </project>
            <project name="kernel/inner" path="common/inner"/>
            <project name="build">
              <copyfile src="lib/one.sh" dest="out/build.sh"/><linkfile src="config" dest="a/b/config"/><linkfile src="lib/*" dest="all"/>
            </project>
            <project name="tools" revision="refs/tags/v1"/>
            <project name="tools" path="tools-stable" revision="stable" upstream="main" dest-branch="main"/>
            <project name="pinned" revision="{old}" upstream="main"/>
            <project name="wanted" groups="notdefault,extra"/>
            <include name="more/vendor.xml" groups="vendor"/>
            <extend-project name="wlan" groups="ext"><linkfile src="Makefile" dest="WLAN"/></extend-project>
            <extend-project name="moved" dest-path="there" revision="main"/>
            <remove-project name="removed"/>
            """);
        Repo(
            "init", "-q", "--no-repo-verify", "-u", _server.Daemon.Url("manifest"), "-b", "main", "-m", "default.xml", "-g", "default,extra");
        Repo("sync", "-q");
        var source = await _server.FetchAsync(null, "default", "extra");
        _server.Bench.Log.Findings.ShouldBeEmpty();
        File.ReadAllText(_server.LockedManifest).TrimEnd('\n').ShouldBe(Repo("manifest", "-r"));
        var theirs = CheckedOut();
        _server.Bench.Git("ls-tree", "-r", source.Tree.ToString()).ShouldBe(Oracle.Git(_server.Bench["plain"], "ls-tree", "-r", theirs));
    }
}
