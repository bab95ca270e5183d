using KernelBuild.Diagnostics;
using KernelBuild.Git.Repositories;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Exchange;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Tests;

/// <summary>
/// import --mend of mails whose lines end in CR LF, lost or gained them, and of entries that are taken back. git is the oracle.
/// </summary>
public sealed class MendedLineEnds : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly string _source;
    private string _after = "";

    public MendedLineEnds()
    {
        _source = _folder.Folder("source");
        Oracle.Git(_source, "init", "-q");
        Oracle.Git(_source, "config", "core.autocrlf", "false");
    }

    public void Dispose() => _folder.Dispose();

    private static string Lines(string end, params string[] lines) => string.Concat(lines.Select(line => line + end));

    private static string Dos(string text) => text.Replace("\n", "\r\n", StringComparison.Ordinal);

    private string Commit()
    {
        Oracle.Git(_source, "add", "-A");
        Oracle.Git(_source, "commit", "-q", "-m", "change it");
        return Oracle.Git(_source, "rev-parse", "HEAD");
    }

    /// <summary>A commit that changes, makes and deletes files, in the ends that are given, as git writes it.</summary>
    private (string Before, string Tree, string Patch) Change(string end, string last = "")
    {
        _folder.Write("source/driver.c", Lines(end, "int a;", "", "int b;", "int c;", "", "int d;", "int e;", "", "int f;") + last);
        _folder.Write("source/gone.c", Lines(end, "int gone;", "int too;"));
        var before = Commit();
        _folder.Write(
            "source/driver.c", Lines(end, "int a;", "", "int b2;", "int c;", "", "int d;", "int e;", "", "int f2;", "int g;") + last);
        File.Delete(Path.Combine(_source, "gone.c"));
        _after = Commit();
        // from git itself: its output keeps every byte
        Oracle.Git(_source, "format-patch", "-q", "-1", "-o", _folder.Folder("made"), "HEAD");
        var patch = File.ReadAllText(Directory.EnumerateFiles(_folder["made"]).Single());
        return (before, Oracle.Git(_source, "rev-parse", "HEAD^{tree}"), patch);
    }

    private async Task<(string Tree, IReadOnlyList<Diagnostic> Notes)> MendAsync(string before, params (string Name, string Text)[] patches)
    {
        var series = _folder.Folder(Guid.NewGuid().ToString("N"));
        foreach (var (name, text) in patches)
        {
            File.WriteAllText(Path.Combine(series, name.Split(' ')[0]), text);
        }

        File.WriteAllText(Path.Combine(series, "series"), Lines("\n", [.. patches.Select(patch => patch.Name)]));
        var repository = await GitRepository.OpenAsync(_source, CancellationToken.None);
        var commit = await repository.ResolveCommitAsync(before, CancellationToken.None);
        var target = _folder[Guid.NewGuid().ToString("N")];
        var (files, notes) = await SeriesExchange.ImportMendedAsync(
            SeriesInput.Load(series), target, repository, commit, CancellationToken.None);
        Oracle.Git(_source, "checkout", "-q", "-f", "--detach", before);
        foreach (var line in File.ReadLines(files[^1]))
        {
            var words = line.Split(' ');
            var file = Path.Combine(target, words[0]);
            var ends = File.ReadAllText(file);
            // git am takes the returns of such a mail off, and git apply does not
            if (ends.StartsWith("From", StringComparison.Ordinal) && ends[..ends.IndexOf('\n')].EndsWith('\r'))
            {
                Oracle.Git(_source, "checkout", "-q", "-f", "--detach", _after);
                continue;
            }

            Oracle.Git(_source, ["apply", "--index", .. words.Skip(1), file]);
        }

        var report = await SeriesRun.ApplyAsync(repository, commit, SeriesInput.Load(target), new SeriesOptions(), CancellationToken.None);
        return (report.Tree.ToString()!, notes);
    }

    private async Task<string> RefusalAsync(string before, string patch)
    {
        var error = await Should.ThrowAsync<DiagnosticException>(() => MendAsync(before, ("p.patch", patch)));
        error.Diagnostics.Select(finding => finding.Code).ShouldBe(["KB2005", "KB2020"]);
        return error.Diagnostics[1].Message;
    }

    private string AppliedByGit()
    {
        var tree = Oracle.Git(_source, "write-tree");
        Oracle.Git(_source, "reset", "-q", "--hard");
        return tree;
    }

    [Fact]
    public async Task A_patch_that_lost_its_carriage_returns_gets_those_of_the_source()
    {
        var (before, tree, patch) = Change("\r\n", "int last;");
        patch.ShouldContain("\r\n");
        var (made, notes) = await MendAsync(before, ("p.patch", patch.Replace("\r", "", StringComparison.Ordinal)));
        made.ShouldBe(tree);
        AppliedByGit().ShouldBe(tree);
        notes.ShouldAllBe(note => note.Code == "KB2019");
        notes.ShouldContain(note => note.Message.Contains("given the ends that they have in the source", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_patch_that_gained_carriage_returns_loses_them()
    {
        var (before, tree, patch) = Change("\n");
        var diff = Dos(patch[patch.IndexOf("diff --git", StringComparison.Ordinal)..patch.LastIndexOf("-- \n", StringComparison.Ordinal)]);
        var (made, notes) = await MendAsync(before, ("p.patch", diff));
        made.ShouldBe(tree);
        AppliedByGit().ShouldBe(tree);
        notes.ShouldContain(note => note.Message.Contains("returns that its lines had gained were taken out", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task A_damaged_mail_of_CR_LF_lines_is_mended(string end)
    {
        var (before, tree, patch) = Change(end);
        var mail = Dos(patch.Replace("\r", "", StringComparison.Ordinal))
            .Replace("@@ -1,9 +1,10 @@", "@@ -1,7 +1,9 @@", StringComparison.Ordinal);
        var (made, notes) = await MendAsync(before, ("p.patch", mail));
        made.ShouldBe(tree);
        AppliedByGit().ShouldBe(tree);
        notes.ShouldContain(note => note.Message.Contains("counted anew", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Patches_behind_a_sound_mail_of_CR_LF_lines_are_held_against_the_source_with_it()
    {
        var (before, _, patch) = Change("\r\n");
        var mail = Dos(patch.Replace("\r", "", StringComparison.Ordinal));
        const string next = "--- a/driver.c\n+++ b/driver.c\n@@ -8,9 +8,9 @@\n \r\n int f2;\r\n-int g;\r\n+int h;\r\n";
        var (made, notes) = await MendAsync(before, ("p.patch", mail), ("q.patch", next));
        made.ShouldBe(AppliedByGit());
        Oracle.Git(_source, "diff", "--numstat", _after, made).ShouldBe("1\t1\tdriver.c");
        notes.ShouldHaveSingleItem().Message.ShouldContain("counted anew");
    }

    [Fact]
    public async Task In_a_file_with_both_ends_the_lines_around_tell_or_it_is_refused()
    {
        _folder.Write("source/f.c", "int a;\r\nint b;\r\nint c;\nint d;\n");
        var before = Commit();
        var (made, _) = await MendAsync(before, ("p.patch", "--- a/f.c\n+++ b/f.c\n@@ -1,2 +1,3 @@\n int a;\n+int n;\n int b;\n"));
        made.ShouldBe(AppliedByGit());
        _folder.Write("source/f.c", "int a;\r\nint n;\r\nint b;\r\nint c;\nint d;\n");
        Oracle.Git(_source, "add", "-A");
        made.ShouldBe(AppliedByGit());

        const string across = "--- a/f.c\n+++ b/f.c\n@@ -2,7 +2,9 @@\n int b;\n+int n;\n int c;\n";
        (await RefusalAsync(before, across)).ShouldContain("no reading of the hunk fits");
    }

    [Theory]
    [InlineData("\n", true)]
    [InlineData("\r\n", true)]
    [InlineData("\n", false)]
    public async Task Of_a_file_that_a_converted_patch_makes_the_index_line_tells_the_ends(string end, bool hasIndex)
    {
        _folder.Write("source/README", "a source\n");
        var before = Commit();
        _folder.Write("source/README", "the source\n");
        _folder.Write("source/g.c", Lines(end, "int a;", "int b;"));
        var tree = Oracle.Git(_source, "rev-parse", Commit() + "^{tree}");
        var patch = Dos(Oracle.Git(_source, "diff", before, "HEAD").Replace("\r", "", StringComparison.Ordinal) + "\n");
        patch = hasIndex ? patch
            : Lines("\r\n", [.. patch.Split("\r\n").Where(line => !line.StartsWith("index ", StringComparison.Ordinal))]);
        if (hasIndex)
        {
            (await MendAsync(before, ("p.patch", patch))).Tree.ShouldBe(tree);
        }
        else
        {
            // one that reads well is left as it is; this one does not, too
            var damaged = patch.Replace("@@ -1 +1 @@", "@@ -1,2 +1,2 @@", StringComparison.Ordinal);
            (await RefusalAsync(before, damaged)).ShouldContain("2 readings of the hunk fit");
        }
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task An_entry_that_is_taken_back_is_held_against_the_side_that_it_makes(string end)
    {
        var (before, _, patch) = Change(end);
        var after = Oracle.Git(_source, "rev-parse", "HEAD");
        var damaged = patch.Replace("@@ -1,9 +1,10 @@", "@@ -1,4 +1,3 @@", StringComparison.Ordinal)
            .Replace("\n " + end, "\n" + end, StringComparison.Ordinal);
        damaged.ShouldNotBe(patch);
        var (made, notes) = await MendAsync(after, ("p.patch -R", damaged));
        made.ShouldBe(Oracle.Git(_source, "rev-parse", before + "^{tree}"));
        AppliedByGit().ShouldBe(made);
        notes.ShouldContain(note => note.Message.Contains("@@ -1,9 +1,10 @@", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_entry_that_is_taken_back_and_lost_its_carriage_returns_gets_those_of_the_source()
    {
        var (before, _, patch) = Change("\r\n");
        var after = Oracle.Git(_source, "rev-parse", "HEAD");
        var (made, _) = await MendAsync(
            after,
            ("p.patch -R", patch.Replace("\r", "", StringComparison.Ordinal).Split("diff --git a/gone.c", StringSplitOptions.None)[0]));
        Oracle.Git(_source, "diff", "--name-only", before, made).ShouldBe("gone.c");
        AppliedByGit().ShouldBe(made);
    }
}
