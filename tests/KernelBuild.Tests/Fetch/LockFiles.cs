using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;

namespace KernelBuild.Tests.Fetch;

public sealed class LockFiles : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public void A_lock_is_read_as_it_was_written()
    {
        var source = new LockedSource("debian:linux-source-6.1", "6.1.2-1", Digest('a'), Id('b'), Id('c'));
        var written = LockFile.Load(_folder["demo.lock.json"]);
        written.Source = source;
        written.Packages["busybox-static:arm64"] = new LockedPackage("1:1.35", Digest('d'));
        written.Save();
        var read = LockFile.Load(_folder["demo.lock.json"]);
        read.Source.ShouldBe(source);
        read.Packages.ShouldBe(written.Packages);
    }

    [Fact]
    public void A_lock_that_says_the_same_is_not_written_again()
    {
        var path = _folder["demo.lock.json"];
        var written = LockFile.Load(path);
        written.Source = new LockedSource("git:x#y", "y", null, Id('b'), Id('c'));
        written.Save();
        var stamp = FileStamp.Of(path);
        written.Save();
        FileStamp.Of(path).ShouldBe(stamp);
    }

    [Fact]
    public void No_lock_is_an_empty_one() => LockFile.Load(_folder["nothing.lock.json"]).Source.ShouldBeNull();

    [Fact]
    public void A_lock_that_does_not_speak_of_packages_has_none() =>
        LockFile.Load(_folder.Write("demo.lock.json", "{}")).Packages.ShouldBeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\n  \"source\": 7\n}")]
    [InlineData("{\"source\": {\"spec\": \"git:x#y\"}}")]
    [InlineData("{\"source\": {\"spec\": \"git:x#y\", \"version\": \"y\", \"commit\": \"abc123\", \"tree\": \"abc123\"}}")]
    [InlineData("<<<<<<< HEAD\n{}")]
    public void A_damaged_lock_is_KB1009(string text)
    {
        var path = _folder.Write("demo.lock.json", text);
        var finding = Findings.Of("KB1009", () => LockFile.Load(path));
        finding.File.ShouldBe(path);
        finding.Fix.ShouldContain("version control");
    }

    public void Dispose() => _folder.Dispose();

    private static GitObjectId Id(char digit) => GitObjectId.Parse(new string(digit, GitObjectId.HexLength));

    private static Sha256Digest Digest(char digit) => Sha256Digest.Parse(new string(digit, 64));
}
