using KernelBuild.CheckOut;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.CheckOut;

public sealed class WorkTrees : IAsyncLifetime
{
    private readonly TestDevice _bench = new();
    private WorkTree _tree = null!;
    private GitObjectId _a;
    private GitObjectId _b;

    public async ValueTask InitializeAsync()
    {
        var vendor = _bench.Files.Folder("vendor");
        Oracle.Git(vendor, "init", "-q");
        for (var number = 0; number < 20; number++)
        {
            _bench.Files.Write($"vendor/drivers/file-{number}.c", $"int x{number};\n");
        }

        _bench.Files.Write("vendor/drivers/größe.c", "int groesse;\n");
        _bench.Files.Write("vendor/old.c", "int old;\n");
        Oracle.Git(vendor, "add", "-A");
        Oracle.Git(vendor, "commit", "-q", "-m", "A");
        _bench.Files.Write("vendor/drivers/file-3.c", "int changed;\n");
        _bench.Files.Write("vendor/sub/new.c", "int fresh;\n");
        _bench.Files.Script("vendor/drivers/file-4.c", "exit");
        File.Delete(_bench["vendor/old.c"]);
        Oracle.Git(vendor, "add", "-A");
        Oracle.Git(vendor, "commit", "-q", "-m", "B");
        _a = (await _bench.FetchAsync("git:../../vendor#" + Oracle.Git(vendor, "rev-parse", "HEAD~1"))).Commit;
        _b = (await _bench.FetchAsync("git:../../vendor#main")).Commit;
        _tree = await _bench.WorkTreeAsync();
        await CheckOutAsync(_a);
    }

    public ValueTask DisposeAsync()
    {
        _bench.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task CheckOutAsync(GitObjectId commit) => _tree.CheckOutAsync(commit, CancellationToken.None);

    private string In(string relative) => Path.Combine(_bench.Folders.Tree, relative);

    /// <summary>The tree is the commit, by git's word, and nothing else lies in it.</summary>
    private void Is(GitObjectId commit)
    {
        _bench.GitInTree("write-tree").ShouldBe(_bench.Git("rev-parse", commit + "^{tree}"));
        _bench.GitInTree("diff", "--name-only").ShouldBeEmpty();
        _bench.GitInTree("ls-files", "--others").ShouldBeEmpty();
        _tree.Commit.ShouldBe(commit);
    }

    private Dictionary<string, FileStamp?> Stamps() => Directory.EnumerateFiles(_bench.Folders.Tree, "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(_bench.Folders.Tree, file), file => FileStamp.Of(file));

    private string[] Rescued() => Directory.Exists(_bench.Folders.Rescued) ? Directory.GetFiles(_bench.Folders.Rescued) : [];

    [Fact]
    public async Task Going_to_another_commit_touches_only_what_differs()
    {
        var before = Stamps();
        await CheckOutAsync(_b);
        Is(_b);
        var after = Stamps();
        after.Where(pair => before.GetValueOrDefault(pair.Key) != pair.Value).Select(pair => pair.Key).Order(StringComparer.Ordinal)
            .ShouldBe(["drivers/file-3.c", "drivers/file-4.c", "sub/new.c"]);
        await CheckOutAsync(_a);
        Is(_a);
        File.Exists(In("sub/new.c")).ShouldBeFalse();
    }

    [Fact]
    public async Task Going_nowhere_touches_nothing()
    {
        var before = Stamps();
        await CheckOutAsync(_a);
        Stamps().ShouldBe(before);
        Rescued().ShouldBeEmpty();
    }

    [Fact]
    public async Task Edits_by_hand_are_kept_as_a_patch_that_git_can_apply()
    {
        await File.WriteAllTextAsync(In("drivers/file-1.c"), "int edited;\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(In("drivers/größe.c"), "int edited;\n", TestContext.Current.CancellationToken);
        File.WriteAllBytes(In("drivers/firmware.bin"), [0, 1, 2, 255]);
        await File.WriteAllTextAsync(In("drivers/mein Gerät.c"), "int x;\n", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(In("neu"));
        await File.WriteAllTextAsync(In("neu/x.o"), "object", TestContext.Current.CancellationToken);
        File.Delete(In("old.c"));
        await CheckOutAsync(_b);
        Is(_b);

        var patch = Rescued().ShouldHaveSingleItem();
        var warning = _bench.Log.Findings.ShouldHaveSingleItem();
        warning.Code.ShouldBe("KB1011");
        warning.Message.ShouldContain("6 file(s)");
        warning.Fix.ShouldContain(patch);
        var scratch = _bench.Files.Folder("scratch");
        Oracle.Git(scratch, "init", "-q");
        Oracle.Git(scratch, "fetch", "-q", "--depth=1", _bench["vendor"], _a.ToString());
        Oracle.Git(scratch, "checkout", "-q", _a.ToString());
        Oracle.Git(scratch, "apply", "--check", patch);
        Oracle.Git(scratch, "apply", patch);
        (await File.ReadAllTextAsync(Path.Combine(scratch, "drivers/größe.c"), TestContext.Current.CancellationToken)).ShouldBe(
            "int edited;\n");
        (await File.ReadAllBytesAsync(Path.Combine(scratch, "drivers/firmware.bin"), TestContext.Current.CancellationToken)).ShouldBe([
            0, 1, 2, 255,
        ]);
        (await File.ReadAllTextAsync(Path.Combine(scratch, "drivers/mein Gerät.c"), TestContext.Current.CancellationToken)).ShouldBe("int x;\n");
        File.Exists(Path.Combine(scratch, "neu/x.o")).ShouldBeTrue();
        File.Exists(Path.Combine(scratch, "old.c")).ShouldBeFalse();
    }

    [Fact]
    public async Task Edits_are_rescued_and_taken_back_when_the_commit_stays_the_same()
    {
        await File.WriteAllTextAsync(In("drivers/file-1.c"), "int edited;\n", TestContext.Current.CancellationToken);
        await CheckOutAsync(_a);
        Is(_a);
        Rescued().Length.ShouldBe(1);
        await File.AppendAllTextAsync(In("drivers/file-2.c"), "int edited;\n", TestContext.Current.CancellationToken);
        await CheckOutAsync(_a);
        Is(_a);
        Rescued().Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_file_that_was_only_touched_is_no_edit()
    {
        File.SetLastWriteTimeUtc(In("drivers/file-1.c"), DateTime.UtcNow.AddDays(-1));
        await CheckOutAsync(_a);
        Rescued().ShouldBeEmpty();
        _bench.Log.Findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_checkout_that_was_interrupted_half_way_is_finished()
    {
        // as killed between the first files and the index
        File.Delete(_bench.Folders.Tree + ".commit");
        await File.WriteAllTextAsync(In("drivers/file-3.c"), "int changed;\n", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(In("sub"));
        await File.WriteAllTextAsync(In("sub/new.c"), "int fr", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_bench.Folders.TreeIndex + ".lock", "half an index", TestContext.Current.CancellationToken);
        await CheckOutAsync(_b);
        Is(_b);
        Rescued().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_first_checkout_that_was_interrupted_begins_anew()
    {
        File.Delete(_bench.Folders.TreeIndex);
        await File.WriteAllTextAsync(In("left-over.c"), "x", TestContext.Current.CancellationToken);
        await CheckOutAsync(_b);
        Is(_b);
    }

    [Fact]
    public async Task A_rescue_that_was_interrupted_loses_nothing()
    {
        await File.WriteAllTextAsync(In("mine.c"), "int mine;\n", TestContext.Current.CancellationToken);
        // as killed between git add and the end of the patch
        _bench.GitInTree("add", "--intent-to-add", "--force", "--all", "--", ".");
        await CheckOutAsync(_b);
        Is(_b);
        (await File.ReadAllTextAsync(Rescued().ShouldHaveSingleItem(), TestContext.Current.CancellationToken)).ShouldContain("int mine;");
    }

    [Fact]
    public async Task What_an_interrupted_import_left_is_removed()
    {
        Directory.CreateDirectory(_bench.Folders.Tree + ".filling/linux");
        await CheckOutAsync(_b);
        Directory.Exists(_bench.Folders.Tree + ".filling").ShouldBeFalse();
    }
}
