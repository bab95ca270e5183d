using System.Text;
using KernelBuild.Fetch;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>Which names a tree may have: git's word for it.</summary>
public sealed class MemberPaths : IDisposable
{
    private static readonly string[] _pieces =
    [
        "", ".", "..", ".git", ".GIT", ".giT", "git~1", "GIT~1", "git~2", ".git ", ".git.", ".git . ", ".git:x", ".git::$INDEX", "git~1 ", ".gitx", ".gitignore",
        ".gitmodules", "a", "a b", "a\\b", ".git\\x", "x\\.git", "x\\git~1\\y", "\\", "a:b", "\u00e9", "\u00ff\u00fe", " .git", "git", "~1", "tab\t", "new\nline",
    ];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Git_takes_what_is_taken_and_refuses_what_is_refused()
    {
        Oracle.Git(_folder.Path, "init", "-q");
        _folder.Write("blob", "x");
        var blob = Oracle.Git(_folder.Path, "hash-object", "-w", "blob");
        foreach (var name in _pieces.Concat(_pieces.Select(piece => "a/" + piece)).Concat(_pieces.Select(piece => piece + "/a")))
        {
            var problem = MemberPath.Read(name, out var path, out var isRepository);
            var (exitCode, _, _) = Oracle.Run(
                "git", ["update-index", "-z", "--index-info"], [.. Encoding.ASCII.GetBytes($"100644 {blob}\t"), .. Encoding.Latin1.GetBytes(name), 0],
                _folder.Path);
            var isTaken = problem is null && !isRepository && path == name;
            isTaken.ShouldBe(exitCode == 0 && IsInIndex(name), $"'{name}' {problem}");
            File.Delete(_folder[".git/index"]);
        }
    }

    private bool IsInIndex(string name) =>
        Encoding.Latin1.GetString(Oracle.Output("git", ["ls-files", "-z"], directory: _folder.Path)) == name + "\0";

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void A_name_is_as_long_as_the_file_system_takes(int length, bool isTaken)
    {
        var name = new string('n', length);
        (MemberPath.Read("linux/" + name, out _, out _) is null).ShouldBe(isTaken);
        (Oracle.Try(_folder.Path, "touch", name).ExitCode == 0).ShouldBe(isTaken);
    }
}
