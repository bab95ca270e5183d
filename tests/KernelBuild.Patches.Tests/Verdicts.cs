using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Exchange;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Tests;

/// <summary>What the engine says of a hunk that does not simply apply; git apply's verdict on the same patch beside it.</summary>
public sealed class Verdicts : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private string _source = "";
    private GitRepository _repository = null!;
    private GitObjectId _base;

    public async ValueTask InitializeAsync()
    {
        _source = _folder.Folder("source");
        Oracle.Git(_source, "init", "-q");
        _folder.Write("source/drivers/a.c", Lines(1, 60));
        _folder.Write("source/drivers/phy/moved.c", Lines(100, 140));
        Oracle.Git(_source, "add", "-A");
        Oracle.Git(_source, "commit", "-q", "-m", "base");
        _repository = await GitRepository.OpenAsync(_source, CancellationToken.None);
        _base = await _repository.ResolveCommitAsync("HEAD", CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Lines(int from, int to) =>
        string.Concat(Enumerable.Range(from, to - from + 1).Select(line => $"int line{line};\n"));

    /// <summary>A change of one line with three lines of context.</summary>
    private static string Change(string file, int line, string now, int first = 0) =>
        $"--- a/{file}\n+++ b/{file}\n@@ -{(first == 0 ? line - 3 : first)},7 +{(first == 0 ? line - 3 : first)},7 @@\n"
        + $" int line{line - 3};\n int line{line - 2};\n int line{line - 1};\n-int line{line};\n+{now}\n int line{line + 1};\n int "
        + $"line{line + 2};\n int line{line + 3};\n";

    private async Task<SeriesReport> RunAsync(bool keepGoing, params string[] diffs)
    {
        var patches = diffs.Select((diff, number) => new PatchFile(
            $"{number + 1}.patch",
            _folder.Write(
                $"{number + 1}.patch",
                $"From: A <a@example.org>\nDate: Mon, 1 Jun 2026 12:00:00 +0000\nSubject: [PATCH] p{number + 1}\n\n---\n{diff}")));
        return await SeriesRun.ApplyAsync(
            _repository, _base, [.. patches], new SeriesOptions { KeepGoing = keepGoing }, CancellationToken.None);
    }

    private bool GitTakes(string diff)
    {
        var (exitCode, _, _) = Oracle.Try(_source, "git", "apply", "--check", _folder.Write("git.patch", diff));
        return exitCode == 0;
    }

    private async Task<HunkReport> OnlyHunkAsync(string diff)
    {
        var report = await RunAsync(keepGoing: false, diff);
        var hunk = report.Patches[0].Hunks.ShouldHaveSingleItem();
        GitTakes(diff).ShouldBe(report.Succeeded);
        return hunk;
    }

    [Fact]
    public async Task Applied() => (await OnlyHunkAsync(Change("drivers/a.c", 20, "int twenty;"))).Verdict.ShouldBe(HunkVerdict.Applied);

    [Fact]
    public async Task Applied_at_an_offset()
    {
        var hunk = await OnlyHunkAsync(Change("drivers/a.c", 20, "int twenty;", first: 11));
        hunk.Verdict.ShouldBe(HunkVerdict.AppliedAtOffset);
        (hunk.Offset, hunk.Line).ShouldBe((6, 17));
    }

    /// <summary>Git takes a part off up to one slash: what remains of "a//x" begins with one.</summary>
    [Theory]
    [InlineData("a//drivers/a.c", "b//drivers/a.c", false)]
    [InlineData("a/drivers//a.c", "b/drivers//a.c", true)]
    public async Task Of_two_slashes_after_the_part_that_is_taken_off_one_remains(string old, string now, bool isTaken)
    {
        var diff = Change("drivers/a.c", 20, "int twenty;").Replace("a/drivers/a.c", old, StringComparison.Ordinal).Replace("b/drivers/a.c", now, StringComparison.Ordinal);
        foreach (var text in (string[])[diff, $"diff --git {old} {now}\n{diff}"])
        {
            GitTakes(text).ShouldBe(isTaken);
            (await RunAsync(keepGoing: false, text)).Succeeded.ShouldBe(isTaken);
        }
    }

    /// <summary>Editors of Windows put a mark before the text: git am does not take it for a mail.</summary>
    [Theory]
    [InlineData("From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\n")]
    [InlineData("From: A <a@example.org>\n")]
    [InlineData("Subject: first\nFrom: A <a@example.org>\n")]
    public async Task A_byte_order_mark_before_a_mail_is_refused_and_mended(string header)
    {
        var mail = header + "Date: Mon, 1 Jun 2026 12:00:00 +0000\nSubject: [PATCH] marked\n\nBody\n---\n" + Change("drivers/a.c", 20, "int twenty;");
        var marked = _folder.Write("marked.patch", "\uFEFF" + mail);
        Oracle.Try(_source, "git", "am", marked).ExitCode.ShouldNotBe(0);
        Oracle.Try(_source, "git", "am", "--abort");
        var report = await SeriesRun.ApplyAsync(_repository, _base, [new PatchFile("marked.patch", marked)], new SeriesOptions(), CancellationToken.None);
        report.Succeeded.ShouldBeFalse();
        report.Findings.ShouldHaveSingleItem().Message.ShouldContain("byte order mark");

        var (files, notes) = await SeriesExchange.ImportMendedAsync(SeriesInput.Load(marked), _folder["out"], _repository, _base, CancellationToken.None);
        notes.ShouldHaveSingleItem().Message.ShouldContain("the byte order mark before the mail was taken out");
        (await File.ReadAllTextAsync(files[0], TestContext.Current.CancellationToken)).ShouldBe(mail);
        Oracle.Git(_source, "am", "-q", files[0]);
        Oracle.Git(_source, "log", "-1", "--format=%s %an").ShouldBe("marked A");
    }

    /// <summary>Before a diff alone the mark is text that git apply passes over.</summary>
    [Fact]
    public async Task A_byte_order_mark_before_a_diff_is_passed_over()
    {
        var diff = "\uFEFFdiff --git a/drivers/a.c b/drivers/a.c\n" + Change("drivers/a.c", 20, "int twenty;");
        GitTakes(diff).ShouldBeTrue();
        var patch = new PatchFile("marked.patch", _folder.Write("marked.patch", diff));
        (await SeriesRun.ApplyAsync(_repository, _base, [patch], new SeriesOptions(), CancellationToken.None)).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public async Task Already_applied_with_the_lines()
    {
        var diff = Change("drivers/a.c", 20, "int line20;").Replace("-int line20;", "-int old20;", StringComparison.Ordinal);
        var hunk = await OnlyHunkAsync(diff);
        hunk.Verdict.ShouldBe(HunkVerdict.AlreadyApplied);
        (hunk.AlreadyFrom, hunk.AlreadyTo).ShouldBe((20, 20));
        (await RunAsync(false, diff)).Patches[0].Verdict.ShouldBe(PatchVerdict.AlreadyApplied);
    }

    [Fact]
    public async Task Drifted_with_the_nearest_place_and_the_lines_that_differ()
    {
        var hunk = await OnlyHunkAsync(
            Change("drivers/a.c", 20, "int twenty;").Replace("-int line20;", "-int vendor20;", StringComparison.Ordinal));
        hunk.Verdict.ShouldBe(HunkVerdict.ContextDrifted);
        hunk.Line.ShouldBe(17);
        var different = hunk.Comparison.Single(row => !row.Agrees);
        (different.FileLine, different.Expected, different.Found).ShouldBe((20, "int vendor20;", "int line20;"));
    }

    [Fact]
    public async Task Would_apply_with_fuzz_as_GNU_patch_says_too()
    {
        var diff = Change("drivers/a.c", 20, "int twenty;").Replace(" int line17;", " int other17;", StringComparison.Ordinal);
        var hunk = await OnlyHunkAsync(diff);
        hunk.Verdict.ShouldBe(HunkVerdict.AppliesWithFuzz);
        hunk.Fuzz.ShouldBe(1);
        if (Oracle.IsInstalled("patch"))
        {
            Oracle.Try(_source, "patch", "-p1", "--dry-run", "-F0", "-i", _folder.Write("f.patch", diff)).ExitCode.ShouldBe(1);
            Oracle.Text(_source, "patch", "-p1", "--dry-run", "-F1", "-i", _folder.Write("f.patch", diff)).ShouldContain("with fuzz 1");
        }
    }

    [Fact]
    public async Task Fuzz_is_used_where_the_series_grants_it_and_always_said()
    {
        var diff = Change("drivers/a.c", 20, "int twenty;").Replace(" int line17;", " int other17;", StringComparison.Ordinal);
        var path = _folder.Write(
            "fuzzy.patch", "From: A <a@example.org>\nDate: Mon, 1 Jun 2026 12:00:00 +0000\nSubject: x\n\n---\n" + diff);
        var report = await SeriesRun.ApplyAsync(
            _repository, _base, [new PatchFile("fuzzy.patch", path, 1, Fuzz: 1)], new SeriesOptions(), CancellationToken.None);
        report.Succeeded.ShouldBeTrue();
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Code, finding.Severity).ShouldBe(("KB2012", DiagnosticSeverity.Warning));
        Oracle.Git(_source, "show", report.Commit + ":drivers/a.c").ShouldContain("int line17;\nint line18;\nint line19;\nint twenty;");
    }

    [Fact]
    public async Task A_conflict_names_the_patch_of_the_series()
    {
        var report = await RunAsync(
            false, Change("drivers/a.c", 50, "int fifty;"), Change("drivers/a.c", 20, "int twenty;"),
            Change("drivers/a.c", 21, "int twenty_one;"));
        report.Patches.Select(patch => patch.Verdict).ShouldBe([PatchVerdict.Applied, PatchVerdict.Applied, PatchVerdict.Failed]);
        var hunk = report.Patches[2].Hunks.ShouldHaveSingleItem();
        (hunk.Verdict, hunk.ConflictsWith).ShouldBe((HunkVerdict.Conflicts, "2.patch"));
        report.Patches[2].Findings.ShouldHaveSingleItem().Code.ShouldBe("KB2008");
        report.Commit.ShouldBeNull();
    }

    [Fact]
    public async Task A_file_that_is_elsewhere_is_found_there()
    {
        var report = await RunAsync(false, Change("drivers/moved.c", 120, "int x;", first: 18));
        var file = report.Patches[0].Files.ShouldHaveSingleItem();
        file.Problem.ShouldBe(FileProblem.FileMissing);
        file.Explanation.ShouldContain("'drivers/phy/moved.c', where every hunk applies");
        file.Hunks[0].Verdict.ShouldBe(HunkVerdict.FileGone);
    }

    [Fact]
    public async Task A_file_that_the_series_renamed_or_deleted_is_named_with_the_patch()
    {
        const string Rename =
            "diff --git a/drivers/a.c b/drivers/b.c\nsimilarity index 100%\nrename from drivers/a.c\nrename to drivers/b.c\n";
        var report = await RunAsync(false, Rename, Change("drivers/a.c", 20, "int x;"));
        report.Patches[1].Files[0].Explanation.ShouldBe("the patch '1.patch' of this series renames it to 'drivers/b.c'");
    }

    [Fact]
    public async Task Keep_going_leaves_out_what_fails_and_takes_the_rest()
    {
        var report = await RunAsync(
            true, Change("drivers/a.c", 20, "int twenty;"), Change("drivers/a.c", 21, "int no;"), Change("drivers/a.c", 50, "int fifty;"));
        report.Patches.Select(patch => patch.Verdict).ShouldBe([PatchVerdict.Applied, PatchVerdict.Failed, PatchVerdict.Applied]);
        Oracle.Git(_source, "show", report.Commit + ":drivers/a.c").ShouldContain("int twenty;");
        Oracle.Git(_source, "log", "--format=%s", $"{_base}..{report.Commit}").ShouldBe("p3\np1");
        Oracle.Git(_source, "rev-parse", report.Commit + "^{tree}").ShouldBe(report.Tree.ToString());
    }

    [Fact]
    public async Task A_series_that_fails_leaves_neither_refs_nor_objects_nor_files()
    {
        var before = Snapshot();
        (await RunAsync(false, Change("drivers/a.c", 20, "int twenty;"), Change("drivers/a.c", 21, "int no;"))).Commit.ShouldBeNull();
        Snapshot().ShouldBe(before);
    }

    [Fact]
    public async Task A_series_that_is_in_changes_no_ref_and_no_file()
    {
        var refs = Oracle.Git(_source, "for-each-ref") + Oracle.Git(_source, "status", "--porcelain");
        (await RunAsync(false, Change("drivers/a.c", 20, "int twenty;"))).Succeeded.ShouldBeTrue();
        (Oracle.Git(_source, "for-each-ref") + Oracle.Git(_source, "status", "--porcelain")).ShouldBe(refs);
        Directory.EnumerateFiles(Path.Combine(_source, ".git"), "fast_import_crash*").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_patch_through_a_symbolic_link_is_refused()
    {
        const string Link =
            "diff --git a/out b/out\nnew file mode 120000\n--- /dev/null\n+++ b/out\n@@ -0,0 +1 @@\n+/tmp\n\\ No newline at end of file\n";
        const string Behind = "diff --git a/out/x b/out/x\nnew file mode 100644\n--- /dev/null\n+++ b/out/x\n@@ -0,0 +1 @@\n+x\n";
        (await RunAsync(false, Link, Behind)).Patches[1].Findings.ShouldHaveSingleItem().Code.ShouldBe("KB2011");
        (await RunAsync(false, Link + Behind)).Patches[0].Findings.ShouldHaveSingleItem().Code.ShouldBe("KB2011");
    }

    /// <summary>More blobs than fit: what was written is taken back, and nobody waits for ever.</summary>
    [FactOnSmallDisk]
    public async Task A_full_disk_is_an_error_and_leaves_no_half_pack()
    {
        using var disk = new SmallDisk(_folder.Folder("disk"), "1m");
        var repository = Path.Combine(disk.Path, "r.git");
        Oracle.Git(_folder.Path, "clone", "-q", "--bare", "--shared", _source, repository);
        var random = new Random(1);
        var patches = Enumerable.Range(0, 150).Select(number =>
        {
            var noise = new byte[12_000];
            random.NextBytes(noise);
            var lines = Convert.ToBase64String(noise, Base64FormattingOptions.InsertLineBreaks).Split("\r\n");
            return new PatchFile(
                $"{number}.patch",
                _folder.Write(
                    $"full/{number}.patch",
                    $"--- /dev/null\n+++ b/new{number}.txt\n@@ -0,0 +1,{lines.Length} "
                    + $"@@\n{string.Concat(lines.Select(line => $"+{line}\n"))}"),
                1);
        }).ToArray();
        var opened = await GitRepository.OpenAsync(repository, CancellationToken.None);
        await Should.ThrowAsync<IOException>(() =>
            SeriesRun.ApplyAsync(opened, _base, patches, new SeriesOptions(), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)));
        Directory.EnumerateFiles(Path.Combine(repository, "objects", "pack")).ShouldBeEmpty();
    }

    private string[] Snapshot() =>
        [
            .. Directory.EnumerateFiles(_source, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal),
            Oracle.Git(_source, "for-each-ref"),
        ];
}
