using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Series;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Patches.Tests;

/// <summary>Series applied by the engine and by git am.</summary>
public sealed class AppliedSeries : IAsyncLifetime
{
    private readonly TestDevice _bench = new();
    private string _vendor = "";
    private GitObjectId _base;

    public async ValueTask InitializeAsync()
    {
        _vendor = _bench.Files.Folder("vendor");
        Oracle.Git(_vendor, "init", "-q");
        _bench.Files.Write("vendor/drivers/pci/pci.c", string.Concat(Enumerable.Range(1, 80).Select(line => $"line {line}\n")));
        _bench.Files.Write("vendor/pci.c", string.Concat(Enumerable.Range(1, 80).Select(line => $"line {line}\n")));
        _bench.Files.Write("vendor/dos.c", "one\r\ntwo\r\nthree\r\nfour\r\n");
        _bench.Files.Write("vendor/no-newline", "one\ntwo");
        _bench.Files.Write("vendor/old.c", string.Concat(Enumerable.Range(1, 30).Select(line => $"int x{line};\n")));
        _bench.Files.Write("vendor/gone.c", "gone\n");
        _bench.Files.Write("vendor/run.sh", "#!/bin/sh\n");
        File.WriteAllBytes(_bench["vendor/firmware.bin"], [0, 1, 2, 3, 255, 254]);
        Oracle.Git(_vendor, "add", "-A");
        Oracle.Git(_vendor, "commit", "-q", "-m", "base");
        _base = (await _bench.FetchAsync("git:../../vendor#main")).Commit;
    }

    public ValueTask DisposeAsync()
    {
        _bench.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Edit(string file, string before, string after)
    {
        var path = Path.Combine(_vendor, file);
        var text = File.ReadAllText(path);
        text.ShouldContain(before);
        File.WriteAllText(path, text.Replace(before, after, StringComparison.Ordinal));
    }

    private void Commit(string message)
    {
        Oracle.Git(_vendor, "add", "-A");
        Oracle.Git(_vendor, "commit", "-q", "--cleanup=verbatim", "-m", message);
    }

    /// <summary>The commits since the base as a series in patches/demo.</summary>
    private PatchFile[] Format(params string[] options)
    {
        var names = Oracle.Git(_vendor, ["format-patch", "-q", "--binary", .. options, "-o", _bench["patches/demo"], _base + "..HEAD"]);
        names.ShouldBeEmpty();
        return
        [
            .. Directory.EnumerateFiles(_bench["patches/demo"])
                .Order(StringComparer.Ordinal)
                .Select(path => new PatchFile(Path.GetFileName(path), path, 1)),
        ];
    }

    private PatchFile Write(string name, string text) => new(name, _bench.Files.Write("patches/demo/" + name, text), 1);

    private async Task<IReadOnlyList<AppliedPatch>> ApplyAsync(params PatchFile[] patches) =>
        await new PatchEngine(await _bench.StoreAsync()).ApplyAsync(_base, patches, _bench.Log, CancellationToken.None);

    /// <summary>git am in a clone; tree, author, date and message of each commit.</summary>
    private string[] ByGitAm(PatchFile[] patches, out string[] ours, IReadOnlyList<AppliedPatch> applied)
    {
        const string Format = "--format=%T%n%an%n%ae%n%ad%n%B";
        var clone = _bench["clone"];
        Oracle.Git(_bench.Files.Path, "clone", "-q", _vendor, clone);
        Oracle.Git(clone, "checkout", "-q", "-B", "am", _base.ToString());
        Oracle.Git(clone, ["am", "-q", "--keep-cr", .. patches.Select(patch => patch.Path)]);
        var commits = Oracle.Git(clone, "rev-list", "--reverse", _base + "..HEAD").Split('\n');
        ours = [.. applied.Select(patch => _bench.Git("show", "-s", "--date=raw", Format, patch.Commit.ToString()))];
        return [.. commits.Select(commit => Oracle.Git(clone, "show", "-s", "--date=raw", Format, commit))];
    }

    private void CommitEverything()
    {
        Edit("drivers/pci/pci.c", "line 40\n", "line forty\n");
        Commit("pci: first\n\nBody with trailing blanks   \n\n\n\nand gaps.\n\nSigned-off-by: Someone <s@example.org>\n");
        File.WriteAllText(Path.Combine(_vendor, "new.c"), "int fresh;\n");
        File.Delete(Path.Combine(_vendor, "gone.c"));
        Commit("add and delete: größer");
        File.Move(Path.Combine(_vendor, "old.c"), Path.Combine(_vendor, "drivers/renamed.c"));
        Edit("drivers/renamed.c", "int x3;\n", "int y3;\n");
        File.SetUnixFileMode(Path.Combine(_vendor, "run.sh"), (UnixFileMode)0b111_101_101);
        Commit("rename and mode");
        File.WriteAllBytes(Path.Combine(_vendor, "firmware.bin"), [9, 0, 9, 255]);
        Edit("dos.c", "two\r\n", "zwei\r\n");
        Edit("no-newline", "two", "zwei");
        File.WriteAllText(Path.Combine(_vendor, "empty"), "");
        File.CreateSymbolicLink(Path.Combine(_vendor, "link"), "new.c");
        Commit("binary, CRLF, no newline at the end, an empty file, a link");
    }

    [Fact]
    public async Task A_series_gives_what_git_am_gives()
    {
        CommitEverything();
        var patches = Format();
        var applied = await ApplyAsync(patches);
        var expected = ByGitAm(patches, out var ours, applied);
        ours.ShouldBe(expected);
        _bench.Git("fsck", "--full", "--strict");
    }

    [Fact]
    public async Task A_mail_in_base64_is_a_patch_too()
    {
        Edit("pci.c", "line 40\n", "line = vierzig größer\n");
        Commit("encoded");
        var patch = Format()[0];
        var text = await File.ReadAllTextAsync(patch.Path, TestContext.Current.CancellationToken);
        var blank = text.IndexOf("\n\n", StringComparison.Ordinal);
        var base64 = Convert.ToBase64String(
            System.Text.Encoding.UTF8.GetBytes(text[(blank + 2)..]), Base64FormattingOptions.InsertLineBreaks);
        await File.WriteAllTextAsync(patch.Path, text[..blank].Replace("Content-Transfer-Encoding: 8bit\n", "", StringComparison.Ordinal)
            .Replace("MIME-Version: 1.0\n", "", StringComparison.Ordinal)
            .Replace("Content-Type: text/plain; charset=UTF-8\n", "", StringComparison.Ordinal)
            + (text[..blank].EndsWith('\n') ? "" : "\n")
            + "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: base64\n\n" + base64 + "\n",
            TestContext.Current.CancellationToken);
        var applied = await ApplyAsync(patch);
        var expected = ByGitAm([patch], out var ours, applied);
        ours.ShouldBe(expected);
    }

    [Fact]
    public async Task A_hunk_at_an_offset_applies_and_is_noted()
    {
        Edit("pci.c", "line 60\n", "line sixty\n");
        Commit("offset");
        var patch = Format()[0];
        await File.WriteAllTextAsync(
            patch.Path,
            (await File.ReadAllTextAsync(patch.Path, TestContext.Current.CancellationToken)).Replace(
                "@@ -57,7 +57,7 @@", "@@ -50,7 +50,7 @@", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        var applied = await ApplyAsync(patch);
        _bench.Git("rev-parse", applied[0].Commit + "^{tree}").ShouldBe(Oracle.Git(_vendor, "rev-parse", "HEAD^{tree}"));
        _bench.Log.Findings.ShouldHaveSingleItem().Message.ShouldContain("offset 7 lines");
    }

    [Fact]
    public async Task Two_stores_give_equal_commits()
    {
        CommitEverything();
        var patches = Format();
        var first = await ApplyAsync(patches);
        _bench.DeleteCache();
        await _bench.FetchAsync("git:../../vendor#" + _base);
        (await ApplyAsync(patches)).Select(patch => patch.Commit).ShouldBe(first.Select(patch => patch.Commit));
    }

    [Fact]
    public async Task A_context_that_has_drifted_is_KB2004_with_patch_file_hunk_and_line_and_leaves_the_store_as_it_was()
    {
        Edit("drivers/pci/pci.c", "line 5\n", "line five\n");
        Edit("pci.c", "line 5\n", "line five\n");
        Edit("pci.c", "line 60\n", "line sixty\n");
        Commit("two hunks");
        var patch = Format()[0];
        var text = await File.ReadAllTextAsync(patch.Path, TestContext.Current.CancellationToken);
        var second = text.LastIndexOf("@@ -57", StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            patch.Path, text[..second] + text[second..].Replace(" line 58\n", " line 58 drifted\n", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        var refs = _bench.Git("for-each-ref");

        var finding = await Findings.OfAsync("KB2004", () => ApplyAsync(patch));
        finding.Message.ShouldContain(patch.Name);
        finding.Message.ShouldContain("pci.c");
        finding.Message.ShouldContain("hunk #2 (@@ -57,7 +57,7 @@)");
        finding.File.ShouldBe(patch.Path);
        var lines = await File.ReadAllLinesAsync(patch.Path, TestContext.Current.CancellationToken);
        lines[finding.Line - 1].ShouldStartWith("@@ -57,7 +57,7 @@");
        _bench.Git("for-each-ref").ShouldBe(refs);
    }

    [Fact]
    public async Task The_hunk_is_found_in_the_right_one_of_two_files_that_end_alike()
    {
        Edit("drivers/pci/pci.c", "line 60\n", "line sixty\n");
        Edit("pci.c", "line 60\n", "line sixty\n");
        Commit("alike");
        var patch = Format()[0];
        var text = await File.ReadAllTextAsync(patch.Path, TestContext.Current.CancellationToken);
        var second = text.LastIndexOf("@@ -57", StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            patch.Path, text[..second] + text[second..].Replace(" line 58\n", " line 58 drifted\n", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        var finding = await Findings.OfAsync("KB2004", () => ApplyAsync(patch));
        finding.Line.ShouldBe(text[..second].Split('\n').Length);
    }

    [Fact]
    public async Task A_later_patch_that_fails_leaves_no_ref_of_the_earlier_ones()
    {
        CommitEverything();
        var patches = Format();
        var refs = _bench.Git("for-each-ref");
        var again = _bench.Files.Write(
            "patches/again.patch", await File.ReadAllTextAsync(patches[0].Path, TestContext.Current.CancellationToken));
        await Findings.OfAsync("KB2007", () => ApplyAsync([.. patches, patches[0] with { Path = again }]));
        _bench.Git("for-each-ref").ShouldBe(refs);
    }

    [Fact]
    public async Task A_patch_that_was_cut_short_is_KB2005_with_its_line()
    {
        Edit("pci.c", "line 60\n", "line sixty\n");
        Commit("cut");
        var patch = Format()[0];
        var lines = await File.ReadAllLinesAsync(patch.Path, TestContext.Current.CancellationToken);
        var hunk = Array.FindIndex(lines, line => line.StartsWith("@@ -57", StringComparison.Ordinal));
        await File.WriteAllTextAsync(
            patch.Path, string.Concat(lines.Take(hunk + 5).Select(line => line + "\n")), TestContext.Current.CancellationToken);
        var finding = await Findings.OfAsync("KB2005", () => ApplyAsync(patch));
        finding.File.ShouldBe(patch.Path);
        finding.Line.ShouldBeInRange(hunk + 1, hunk + 6);
    }

    [Fact]
    public async Task A_mail_without_a_patch_is_KB2005() => await Findings.OfAsync("KB2005", () => ApplyAsync(Write(
        "letter.patch", "From: A <a@example.org>\nDate: Mon, 1 Jun 2026 12:00:00 +0000\nSubject: [PATCH] hello\n\nonly words\n")));

    [Theory]
    [InlineData("Date: Mon, 1 Jun 2026 12:00:00 +0000\nSubject: [PATCH] x\n", "From")]
    [InlineData("From: A <a@example.org>\nSubject: [PATCH] x\n", "Date")]
    [InlineData("From: A <a@example.org>\nDate: Mon, 1 Jun 2026 12:00:00 +0000\n", "Subject")]
    [InlineData("", "From and Date and Subject")]
    public async Task A_patch_without_author_date_or_subject_is_applied_with_fixed_ones_and_KB2006_says_so(string header, string missing)
    {
        var patch = Write(
            "bare.patch", header + "\n---\ndiff --git a/gone.c b/gone.c\n--- a/gone.c\n+++ b/gone.c\n@@ -1 +1 @@\n-gone\n+here\n");
        var first = await ApplyAsync(patch);
        var finding = _bench.Log.Findings.ShouldHaveSingleItem();
        finding.Code.ShouldBe("KB2006");
        finding.Message.ShouldContain(missing);
        _bench.Git("show", first[0].Commit + ":gone.c").ShouldBe("here");
        (await ApplyAsync(patch))[0].Commit.ShouldBe(first[0].Commit);
    }

    [Fact]
    public async Task A_date_that_is_none_is_KB2006() => await Findings.OfAsync("KB2006", () => ApplyAsync(Write(
        "bare.patch",
        "From: A <a@example.org>\nDate: sometime\nSubject: [PATCH] x\n\n---\ndiff --git a/gone.c b/gone.c\n--- a/gone.c\n+++ b/gone.c\n@@ "
        + "-1 +1 @@\n-gone\n+here\n")));

    [Theory]
    [InlineData("../escape")]
    [InlineData(".git/hooks/post-checkout")]
    [InlineData("drivers/../../escape")]
    public async Task A_patch_that_leaves_the_tree_is_refused(string path)
    {
        var patch = Write("escape.patch", string.Create(CultureInfo.InvariantCulture, $"""
            From: A <a@example.org>
            Date: Mon, 1 Jun 2026 12:00:00 +0000
            Subject: [PATCH] escape

            ---
            diff --git a/{path} b/{path}
            new file mode 100644
            --- /dev/null
            +++ b/{path}
            @@ -0,0 +1 @@
            +evil

            """));
        (await Findings.OfAsync("KB2011", () => ApplyAsync(patch))).ToString().ShouldContain(path);
    }
}
