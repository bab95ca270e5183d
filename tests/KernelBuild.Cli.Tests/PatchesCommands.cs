using System.Text.Json;
using System.Xml.Linq;

namespace KernelBuild.Cli.Tests;

/// <summary><c>kernelbuild patches …</c> on a small real repository.</summary>
public sealed class PatchesCommands : IDisposable
{
    private readonly TestFolder _folder = new();

    public PatchesCommands()
    {
        Git("init", "-q", "source");
        Write("source/drivers/a.c", string.Concat(Enumerable.Range(1, 40).Select(line => $"int line{line};\n")));
        Commit("base");
        Git("-C", "source", "tag", "base");
        Write("source/drivers/a.c", File.ReadAllText(PathOf("source/drivers/a.c")).Replace("line20;", "twenty;", StringComparison.Ordinal));
        Commit("drivers: twenty\n\nWhy it is so.\n");
        Write("source/drivers/b.c", "int b;\n");
        Commit("drivers: b");
        Git("-C", "source", "format-patch", "-q", "-o", PathOf("series"), "base..HEAD");
        File.WriteAllLines(
            PathOf("series/series"),
            Directory.EnumerateFiles(PathOf("series"), "*.patch").Order(StringComparer.Ordinal).Select(file => Path.GetFileName(file)));
    }

    public void Dispose() => _folder.Dispose();

    private string PathOf(string relative) => _folder[relative];

    private void Write(string relative, string content) => _folder.Write(relative, content);

    private void Commit(string message)
    {
        Git("-C", "source", "add", "-A");
        Git("-C", "source", "commit", "-q", "-m", message);
    }

    private string Git(params string[] arguments) => Oracle.Git(_folder.Path, arguments);

    [Fact]
    public void Check_gives_the_tree_that_the_commits_had()
    {
        var run = CommandRun.Of("patches", "check", PathOf("series"), "--git", PathOf("source"), "--commit", "base", "--json");
        run.ExitCode.ShouldBe(0, run.Errors);
        using var json = JsonDocument.Parse(run.Output);
        json.RootElement.GetProperty("tree").GetString().ShouldBe(Git("-C", "source", "rev-parse", "HEAD^{tree}"));
        var commit = json.RootElement.GetProperty("commit").GetString()!;
        Git("-C", "source", "log", "--format=%an %ae %at %B", "base.." + commit)
            .ShouldBe(Git("-C", "source", "log", "--format=%an %ae %at %B", "base..HEAD"));
        json.RootElement
            .GetProperty("patches")
            .EnumerateArray()
            .Select(patch => patch.GetProperty("verdict").GetString())
            .ShouldBe(["applied", "applied"]);
    }

    [Fact]
    public void Import_mends_by_the_source_that_it_is_given_and_by_nothing_else()
    {
        var sound = File.ReadAllText(Directory.EnumerateFiles(PathOf("series"), "0001-*").Single());
        Write("damaged.patch", sound.Replace("@@ -17,7 +17,7 @@", "@@ -17,9 +17,8 @@", StringComparison.Ordinal));
        CommandRun.Of("patches", "import", PathOf("damaged.patch"), PathOf("new")).Errors.ShouldContain("KB2005");
        var run = CommandRun.Of("patches", "import", PathOf("damaged.patch"), PathOf("new"), "--mend", "--git", PathOf("source"), "--commit", "base");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Errors.ShouldContain("KB2019");
        CommandRun.Of("patches", "check", PathOf("new"), "--git", PathOf("source"), "--commit", "base").ExitCode.ShouldBe(0);
        CommandRun.Of("patches", "import", PathOf("damaged.patch"), PathOf("other"), "--mend", "--git", PathOf("source")).Errors.ShouldContain("KB2020");
        var none = CommandRun.Of("patches", "import", PathOf("damaged.patch"), PathOf("other"), "--commit", "base");
        (none.ExitCode, none.Errors).ShouldSatisfyAllConditions(
            one => one.ExitCode.ShouldBe(2), one => one.Errors.ShouldContain("--commit has no effect without --mend"));
    }

    /// <summary>b4 itself, against an archive that answers as public-inbox does.</summary>
    [FactWith("b4")]
    public void A_message_ID_is_fetched_by_b4_and_read_as_a_thread()
    {
        using var archive = new ListArchiveServer("m1@x", File.ReadAllBytes(Repository.PathOf("tests", "data", "patches", "thread-mbox", "thread.mbox")));
        foreach (var (name, value) in archive.Settings)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        try
        {
            var run = CommandRun.Of("patches", "import", "<m1@x>", PathOf("topic"));
            run.ExitCode.ShouldBe(0, run.Errors);
            File.ReadAllLines(PathOf("topic/series")).Length.ShouldBe(3);
            run.Errors.ShouldContain("KB2018");
            var none = CommandRun.Of("patches", "import", "nobody-knows@x", PathOf("none"));
            none.ExitCode.ShouldBe(1);
            none.Errors.ShouldContain("b4 brought no thread for 'nobody-knows@x'");
            Directory.Exists(PathOf("none")).ShouldBeFalse();
        }
        finally
        {
            foreach (var (name, _) in archive.Settings)
            {
                Environment.SetEnvironmentVariable(name, null);
            }
        }
    }

    [Fact]
    public void Check_on_the_patched_source_says_that_all_is_there_and_writes_every_form_of_report()
    {
        var run = CommandRun.Of(
            "patches", "check", PathOf("series"), "--git", PathOf("source"), "--keep-going",
            "--sarif", PathOf("r.sarif"), "--junit", PathOf("r.xml"), "--markdown", PathOf("r.md"));
        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("already-applied");
        run.Output.ShouldContain("0 of 2 patches applied");
        using var sarif = JsonDocument.Parse(File.ReadAllText(PathOf("r.sarif")));
        sarif.RootElement.GetProperty("version").GetString().ShouldBe("2.1.0");
        sarif.RootElement.GetProperty("runs")[0]
            .GetProperty("results")
            .EnumerateArray()
            .ShouldAllBe(result => result.GetProperty("ruleId").GetString() == "KB2007");
        XDocument.Load(PathOf("r.xml")).Descendants("failure").Count().ShouldBe(2);
        File.ReadAllText(PathOf("r.md")).ShouldContain("| already-applied |");
    }

    [Fact]
    public void Without_keep_going_the_first_failure_ends_the_run()
    {
        var run = CommandRun.Of("patches", "check", PathOf("series"), "--git", PathOf("source"), "--json");
        run.ExitCode.ShouldBe(1);
        using var json = JsonDocument.Parse(run.Output);
        json.RootElement.GetProperty("commit").ValueKind.ShouldBe(JsonValueKind.Null);
        json.RootElement.GetProperty("patches")[1].GetProperty("verdict").GetString().ShouldBe("not-tried");
    }

    [Fact]
    public void Export_writes_what_git_format_patch_writes()
    {
        var run = CommandRun.Of("patches", "export", PathOf("series"), PathOf("out"), "--git", PathOf("source"), "--commit", "base");
        run.ExitCode.ShouldBe(0, run.Errors);
        Git("-C", "source", "format-patch", "-q", "--no-signature", "--binary", "--full-index", "-o", PathOf("theirs"), "base..HEAD");
        foreach (var theirs in Directory.EnumerateFiles(PathOf("theirs")))
        {
            // the first line names the commit, whose committer is another one
            File.ReadAllLines(Path.Combine(PathOf("out"), Path.GetFileName(theirs)))[1..].ShouldBe(File.ReadAllLines(theirs)[1..]);
        }
    }

    [Fact]
    public void Import_takes_a_mailbox_apart_and_a_range_of_commits()
    {
        File.WriteAllText(PathOf("box.mbox"), Git("-C", "source", "format-patch", "--stdout", "base..HEAD") + "\n");
        CommandRun.Of("patches", "import", PathOf("box.mbox"), PathOf("one")).ExitCode.ShouldBe(0);
        File.ReadAllLines(PathOf("one/series")).ShouldBe(File.ReadAllLines(PathOf("series/series")));
        CommandRun.Of("patches", "import", "--git", PathOf("source"), "base..HEAD", PathOf("two")).ExitCode.ShouldBe(0);
        foreach (var series in (string[])["one", "two"])
        {
            CommandRun.Of("patches", "check", PathOf(series), "--git", PathOf("source"), "--commit", "base").ExitCode.ShouldBe(0);
        }

        var again = CommandRun.Of("patches", "import", PathOf("box.mbox"), PathOf("one"));
        again.ExitCode.ShouldBe(2);
        again.Errors.ShouldContain("KB2014");
    }

    [Fact]
    public void Refresh_rewrites_what_has_moved_and_nothing_else()
    {
        var file = Directory.EnumerateFiles(PathOf("series"), "0001*").Single();
        var original = File.ReadAllText(file);
        var moved = original
            .Replace("@@ -17,7 +17,7 @@", "@@ -12,7 +12,7 @@", StringComparison.Ordinal)
            .Replace("\n int line17;", "\n int other17;", StringComparison.Ordinal);
        moved.ShouldNotBe(original);
        File.WriteAllText(file, moved);
        var dry = CommandRun.Of("patches", "refresh", PathOf("series"), "--git", PathOf("source"), "--commit", "base", "--dry-run");
        dry.ExitCode.ShouldBe(0, dry.Errors);
        dry.Output.ShouldContain("1 of 2 patches fit as they are, 1 to be rewritten");
        File.ReadAllText(file).ShouldBe(moved);
        CommandRun.Of("patches", "refresh", PathOf("series"), "--git", PathOf("source"), "--commit", "base").ExitCode.ShouldBe(0);
        File.ReadAllText(file).ShouldBe(original);
    }

    [Fact]
    public void Show_lists_patches_files_and_counts()
    {
        var run = CommandRun.Of("patches", "show", PathOf("series"));
        run.ExitCode.ShouldBe(0);
        run.Output.ShouldContain("drivers: twenty");
        run.Output.ShouldContain("change   drivers/a.c (1 hunk(s), +1 -1)");
        run.Output.ShouldContain("new      drivers/b.c (1 hunk(s), +1 -0)");
    }

    [Theory]
    [InlineData("nowhere", "KB2001")]
    [InlineData("source/drivers", "KB2001")]
    public void A_series_that_is_none_is_an_error_of_usage(string series, string code)
    {
        var run = CommandRun.Of("patches", "check", PathOf(series), "--git", PathOf("source"));
        run.ExitCode.ShouldBe(2);
        run.Errors.ShouldContain(code);
    }

    [Fact]
    public void A_repository_or_commit_that_is_none_is_KB1015()
    {
        CommandRun.Of("patches", "check", PathOf("series"), "--git", PathOf("series")).Errors.ShouldContain("KB1015");
        CommandRun.Of("patches", "check", PathOf("series"), "--git", PathOf("source"), "--commit", "v9").Errors.ShouldContain("KB1015");
    }
}
