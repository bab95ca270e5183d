using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Repositories;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Exchange;
using KernelBuild.Patches.Mail;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Tests;

/// <summary>Patches as people have them (tests/data/patches): a folder 'base' with the source where it is not the common one, the patch beside it; git's answer is the oracle.</summary>
public sealed class FieldPatches : IDisposable
{
    private static readonly string _data = Repository.PathOf("tests", "data", "patches");

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gitlink-add/p.patch")]
    [InlineData("multipart-charsets/p.patch")]
    [InlineData("nbsp-in-subject/p.patch")]
    [InlineData("flowed-stuffed/p.patch")]
    [InlineData("date-with-rest/p.patch")]
    [InlineData("date-forms/0.patch")]
    [InlineData("date-forms/1.patch")]
    [InlineData("date-forms/2.patch")]
    [InlineData("date-forms/3.patch")]
    [InlineData("hg-export/p.patch")]
    [InlineData("diff-in-message/p.patch")]
    [InlineData("crlf-file-and-patch/p.patch", "--keep-cr")]
    public async Task The_commit_is_that_of_git_am(string file, params string[] options)
    {
        var source = Source(file);
        var report = await RunAsync(source, SeriesInput.Load(Path.Combine(_data, file)));
        report.Succeeded.ShouldBeTrue();
        Oracle.Text(source, "env", ["TZ=UTC", "git", "am", "-q", .. options, Path.Combine(_data, file)]);
        Show(source, report.Commit.ToString()!).ShouldBe(Show(source, "HEAD"));
    }

    [Theory]
    [InlineData("crlf-only-difference", "only the line ends differ: LF in the patch, CR LF in the source")]
    [InlineData("crlf-plain-lf-file", "only the line ends differ: CR LF in the patch, LF in the source")]
    [InlineData("noeol-only-difference", "only the line break at the end of the file differs: the source has none")]
    [InlineData("overlapping-hunks", "it overlaps a hunk before it of the same patch")]
    [InlineData("zero-context-change", "it has no context (diff -U0)")]
    [InlineData("needs-p0", "with -p0 every file of the patch is there")]
    [InlineData("html", "is a web page (HTML)")]
    [InlineData("trailing-blank-context-missing", "the patch ends 1 line of context before the hunk does")]
    [InlineData("new-file-without-mode", "was expected here, '/dev/null' is found")]
    [InlineData("dot-orig-git-header", "says neither rename nor copy")]
    public async Task What_git_refuses_is_refused_with_the_reason(string name, string reason)
    {
        var source = Source(name + "/p.patch");
        var file = Path.Combine(_data, name, "p.patch");
        var report = await RunAsync(source, SeriesInput.Load(file));
        report.Succeeded.ShouldBeFalse();
        report.Findings.ShouldContain(finding => finding.Severity == DiagnosticSeverity.Error && finding.Message.Contains(reason, StringComparison.Ordinal));
        Oracle.Try(source, "git", "apply", "--check", file).ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task A_set_that_is_none_is_read_as_the_UTF_8_that_it_is()
    {
        var source = Source("charset-answer/p.patch");
        var report = await RunAsync(source, SeriesInput.Load(Path.Combine(_data, "charset-answer/p.patch")));
        report.Findings.ShouldContain(finding => finding.Code == DiagnosticCodes.PatchEncodingInvalid);
        Show(source, report.Commit.ToString()!).ShouldContain("J Ä Rvinen");
    }

    [Fact]
    public async Task Flowed_text_and_a_diff_in_the_message_are_said()
    {
        foreach (var name in (string[])["flowed-stuffed", "diff-in-message"])
        {
            var report = await RunAsync(Source(name + "/p.patch"), SeriesInput.Load(Path.Combine(_data, name, "p.patch")));
            report.Findings.ShouldContain(finding => finding.Code == DiagnosticCodes.PatchMailDoubtful);
        }
    }

    [Fact]
    public async Task Compressed_patches_are_read()
    {
        var plain = Path.Combine(_data, "crlf-only-difference/p.patch");
        var patch = File.ReadAllText(plain);
        foreach (var (program, ending) in ((string, string)[])[("gzip", "gz"), ("xz", "xz"), ("bzip2", "bz2"), ("zstd", "zst")])
        {
            if (Oracle.IsInstalled(program))
            {
                var file = _folder.Write($"{ending}/a.patch", patch.Replace("\r", "", StringComparison.Ordinal));
                var packed = Oracle.Output(program, ["-c", file]);
                File.Delete(file);
                File.WriteAllBytes($"{file}.{ending}", packed);
                (await RunAsync(Source("compressed/p.patch.gz"), SeriesInput.Load(Path.GetDirectoryName(file)!))).Succeeded.ShouldBeTrue(program);
            }
        }
    }

    [Fact]
    public async Task Lists_of_other_tools_say_what_is_switched_off()
    {
        var report = await RunAsync(Source("series-conf/one.patch"), SeriesInput.Load(Path.Combine(_data, "series-conf")));
        report.Patches.ShouldHaveSingleItem().Name.ShouldBe("one.patch");

        _folder.Write("suse/series.conf", "+needs-review one.patch\n");
        Should.Throw<DiagnosticException>(() => SeriesInput.Load(_folder["suse"])).Diagnostics[0].Code.ShouldBe(DiagnosticCodes.SeriesLineInvalid);
        _folder.Write("yocto/a.scc", "define KFEATURE_DESCRIPTION \"x\"\npatch one.patch\n# patch two.patch\n");
        _folder.Write("yocto/one.patch", "x");
        SeriesInput.Load(_folder["yocto"]).ShouldHaveSingleItem().Name.ShouldBe("one.patch");
        _folder.Write("hidden/.two.patch", "x");
        _folder.Write("hidden/one.patch", "x");
        SeriesInput.Load(_folder["hidden"]).ShouldHaveSingleItem().Name.ShouldBe("one.patch");
    }

    [Theory]
    [InlineData("thread.mbox", "2,5,3")]
    [InlineData("cover.mbox", "2,3,4")]
    [InlineData("robot.mbox", "2,3,4")]
    [InlineData("versions.mbox", "3,4,5")]
    public async Task Of_a_thread_the_newest_version_is_taken_in_its_order(string name, string mails)
    {
        var source = Source("thread-mbox/" + name);
        var file = Path.Combine(_data, "thread-mbox", name);
        var report = await RunAsync(source, SeriesInput.Load(file));
        report.Succeeded.ShouldBeTrue();
        string.Join(',', report.Patches.Select(patch => patch.Name.Split('#')[1])).ShouldBe(mails);

        var (files, notes) = SeriesExchange.Import(SeriesInput.Load(file), _folder["series"]);
        notes.ShouldAllBe(note => note.Code == DiagnosticCodes.PatchThread);
        files.Count.ShouldBe(4);
        (await RunAsync(source, SeriesInput.Load(_folder["series"]))).Commit.ShouldBe(report.Commit);
        Oracle.Git(source, ["am", "-q", .. files.SkipLast(1)]);
        Show(source, "HEAD").ShouldBe(Show(source, report.Commit.ToString()!));
        if (name == "thread.mbox")
        {
            Oracle.Git(source, "log", "--format=%s %(trailers:key=Reviewed-by,valueonly)").ShouldContain("p10 R Viewer <r@example.org>");
        }
    }

    [Fact]
    public void A_thread_that_lacks_a_patch_is_refused_with_its_number()
    {
        var text = File.ReadAllText(Path.Combine(_data, "thread-mbox/cover.mbox"));
        var third = text.LastIndexOf("From mboxrd@z", StringComparison.Ordinal);
        var file = _folder.Write("cut.mbox", text[..third]);
        Should.Throw<DiagnosticException>(() => SeriesExchange.Import(SeriesInput.Load(file), _folder["series"]))
            .Diagnostics[0].Message.ShouldBe("the thread lacks 3/3 of version 2");
    }

    [Fact]
    public async Task Without_context_nothing_goes_to_the_end_of_the_file()
    {
        var source = Source("compressed/p.patch.gz");
        var added = _folder.Write("added.patch", "--- a/f.c\n+++ b/f.c\n@@ -3,0 +4 @@\n+new\n");
        Oracle.Try(source, "git", "apply", "--check", added).ExitCode.ShouldBe(0, "git puts it behind the last line");
        (await RunAsync(source, SeriesInput.Load(added))).Succeeded.ShouldBeFalse();
        var lines = File.ReadLines(Path.Combine(source, "f.c")).Count();
        var last = _folder.Write(
            "last.patch", string.Create(CultureInfo.InvariantCulture, $"--- a/f.c\n+++ b/f.c\n@@ -{lines},0 +{lines + 1} @@\n+new\n"));
        (await RunAsync(source, SeriesInput.Load(last))).Succeeded.ShouldBeTrue();

        var made = _folder.Write("made.patch", "diff --git a/n.c b/n.c\nnew file mode 100644\n--- /dev/null\n+++ b/n.c\n@@ -37,0 +38 @@\n+new\n");
        Oracle.Try(source, "git", "apply", "--check", made).ExitCode.ShouldBe(0);
        (await RunAsync(source, SeriesInput.Load(made))).Succeeded.ShouldBeTrue();

        // the header of a deletion lies about the line: there is one place for a whole file
        var all = string.Concat(File.ReadLines(Path.Combine(source, "f.c")).Select(line => $"-{line}\n"));
        var deleted = _folder.Write(
            "deleted.patch",
            string.Create(CultureInfo.InvariantCulture, $"diff --git a/f.c b/f.c\ndeleted file mode 100644\n--- a/f.c\n+++ /dev/null\n@@ -38,{lines} +37,0 @@\n{all}"));
        Oracle.Try(source, "git", "apply", "--check", deleted).ExitCode.ShouldBe(0);
        (await RunAsync(source, SeriesInput.Load(deleted))).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public async Task A_submodule_is_changed_and_deleted_as_by_git()
    {
        var source = Source("gitlink-add/p.patch");
        var one = new string('1', 40);
        Oracle.Git(source, "update-index", "--add", "--cacheinfo", $"160000,{one},sub");
        Oracle.Git(source, "commit", "-q", "-m", "sub");
        const string mail = "From: A <a@example.org>\nDate: Mon, 1 Jun 2026 12:00:00 +0000\nSubject: s\n\n---\n";
        var changed = _folder.Write(
            "1.patch", mail + $"diff --git a/sub b/sub\nindex 1111111..2222222 160000\n--- a/sub\n+++ b/sub\n@@ -1 +1 @@\n-Subproject commit {one}\n"
            + $"+Subproject commit {new string('2', 40)}\n");
        var deleted = _folder.Write(
            "2.patch", mail + "diff --git a/sub b/sub\ndeleted file mode 160000\nindex 2222222..0000000\n--- a/sub\n+++ /dev/null\n@@ -1 +0,0 @@\n"
            + $"-Subproject commit {new string('2', 40)}\n");
        var first = await RunAsync(source, SeriesInput.Load(changed));
        Oracle.Git(source, "ls-tree", first.Tree.ToString()!, "sub").ShouldBe($"160000 commit {new string('2', 40)}\tsub");
        var both = await RunAsync(source, [.. SeriesInput.Load(changed), .. SeriesInput.Load(deleted)]);
        Oracle.Git(source, "ls-tree", both.Tree.ToString()!, "sub").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reversed_patch_takes_back_what_it_did()
    {
        var source = Source("compressed/p.patch.gz");
        var patch = SeriesInput.Load(Path.Combine(_data, "compressed/p.patch.gz"))[0];
        var report = await RunAsync(source, [patch, patch with { IsReversed = true }]);
        report.Succeeded.ShouldBeTrue();
        report.Tree.ToString().ShouldBe(Oracle.Git(source, "rev-parse", "HEAD^{tree}"));
    }

    /// <summary>git format-patch --stdout of one topic behind another; nothing in the mails says that they belong together.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_series_in_one_mailbox_stay_two(bool isThreaded)
    {
        var source = Source("compressed/p.patch.gz");
        var text = "";
        foreach (var topic in (string[])["one", "two"])
        {
            Oracle.Git(source, "checkout", "-q", "-b", topic);
            for (var number = 1; number <= 2; number++)
            {
                File.WriteAllText(Path.Combine(source, $"{topic}{number}"), "x\n");
                Oracle.Git(source, "add", "-A");
                Oracle.Git(source, "commit", "-q", "-m", $"{topic} {number}");
            }

            text += Oracle.Text(source, "git", ["format-patch", "--stdout", "-n", .. isThreaded ? (string[])["--thread"] : [], "HEAD~2..HEAD"]) + "\n";
        }

        var tip = Oracle.Git(source, "rev-parse", "HEAD^{tree}");
        Oracle.Git(source, "checkout", "-q", "--detach", "HEAD~4");
        var report = await RunAsync(source, SeriesInput.Load(_folder.Write("both.mbox", text)));
        report.Patches.Select(patch => patch.Subject).ShouldBe(["one 1", "one 2", "two 1", "two 2"]);
        report.Tree.ToString().ShouldBe(tip);
    }

    [Theory]
    [InlineData("Subject of it\n\nFrom: A U Thor <a@example.org>\nDate: Mon, 1 Jun 2026 12:00:00 +0200\n\nWhy.\n\nMore.\n---\n")]
    [InlineData("Subject of it\n\nAuthor: A U Thor <a@example.org>\n\n\nWhy.\n")]
    [InlineData("# HG changeset patch\n# User Ä Thor <a@example.org>\n# Date 1780308000 18000\n# Branch default\n# Node ID 11\nSubject of it\n\nWhy.\n")]
    public async Task Exports_of_other_tools_are_read_as_git_am_reads_them(string head)
    {
        var source = Source("compressed/p.patch.gz");
        var first = File.ReadLines(Path.Combine(source, "f.c")).First();
        var second = File.ReadLines(Path.Combine(source, "f.c")).Skip(1).First();
        var file = _folder.Write("export.patch", head + $"diff -r 1 -r 2 f.c\n--- a/f.c\n+++ b/f.c\n@@ -1,2 +1,2 @@\n-{first}\n+new\n {second}\n");
        var report = await RunAsync(source, SeriesInput.Load(file));
        report.Patches[0].Subject.ShouldBe("Subject of it");
        Oracle.Text(source, "env", "TZ=UTC", "git", "am", "-q", "--ignore-date", file);
        const string fields = "--format=%T%n%an%n%ae%n%B";
        Oracle.Git(source, "log", "-1", fields, report.Commit.ToString()!).ShouldBe(Oracle.Git(source, "log", "-1", fields, "HEAD"));
    }

    [Theory]
    [InlineData("missing", "the repository lacks the blob")]
    [InlineData("damaged", "")]
    [InlineData("sha256", "SHA-256")]
    [InlineData("partial", "")]
    public async Task A_repository_that_cannot_be_read_is_said(string kind, string message)
    {
        var source = Source("needs-p0/p.patch", kind == "sha256" ? ["--object-format=sha256"] : []);
        var name = Oracle.Git(source, "rev-parse", "HEAD:drivers/pci/f.c");
        var blob = Path.Combine(source, ".git/objects", name[..2], name[2..]);
        if (kind == "partial")
        {
            Oracle.Git(source, "config", "uploadpack.allowFilter", "true");
            var clone = _folder["clone"];
            Oracle.Git(_folder.Path, "clone", "-q", "--filter=blob:none", "--no-checkout", "file://" + source, clone);
            Directory.Delete(source, recursive: true);
            source = clone;
        }
        else if (kind != "sha256")
        {
            File.Delete(blob);
            if (kind == "damaged")
            {
                File.WriteAllText(blob, "garbage");
            }
        }

        var patch = new PatchFile("p.patch", Path.Combine(_data, "needs-p0/p.patch"), 0);
        (await Should.ThrowAsync<DiagnosticException>(() => RunAsync(source, [patch]))).Diagnostics[0].Message.ShouldContain(message);
    }

    /// <summary>Words of dates in seeded order, each put to git.</summary>
    [Fact]
    public void Dates_are_read_as_git_reads_them()
    {
        string[] words =
        [
            "Mon,", "1", "Jun", "2026", "12:00:00", "+0200", "-0930", "06/01/2026", "2026-06-01", "2026/06/01", "01.06.2026", "20260601T120000Z",
            "12:00", "2:30", "PM", "AM", "(CEST)", "EST", "GMT", "[thread overview]", "31", "99", "05", "1.6.2026", "T12", "June", "Sept", "12:61", "+2:00",
            "+02:00", "2026-13-01", "13/25/2026", "1780308000", "@1780308000 +0200", "00:00:00.25", "24:00:00", "May", "xyz", "/", "+14:45",
        ];
        var random = new Random(18);
        var folder = _folder.Folder("dates");
        Oracle.Git(folder, "init", "-q");
        var different = new List<string>();
        var texts = Enumerable.Range(0, 150).Select(_ => string.Join(' ', Enumerable.Range(0, random.Next(1, 7)).Select(_ => words[random.Next(words.Length)]))).ToArray();
        foreach (var text in texts)
        {
            var (exit, output, _) = Oracle.Try(
                folder, "env", "TZ=UTC", "GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@b", "GIT_AUTHOR_DATE=" + text, "git", "var", "GIT_AUTHOR_IDENT");
            var theirs = exit == 0 ? output.Trim().Split("> ")[1] : "none";
            var ours = MailDate.TryParse(text, out var date) ? date.ToString() : "none";
            if (ours != theirs)
            {
                different.Add($"{text}: {theirs}, not {ours}");
            }
        }

        different.ShouldBeEmpty();
    }

    private string Source(string file, params string[] options)
    {
        var source = _folder.Folder(Guid.NewGuid().ToString("n"));
        var own = Path.Combine(_data, file.Split('/')[0], "base");
        Oracle.Output("cp", ["-r", (Directory.Exists(own) ? own : Path.Combine(_data, "base")) + "/.", source]);
        Oracle.Git(source, ["init", "-q", .. options]);
        Oracle.Git(source, "add", "-A", "-f");
        Oracle.Git(source, "commit", "-q", "-m", "base");
        return source;
    }

    private static async Task<SeriesReport> RunAsync(string source, IReadOnlyList<PatchFile> patches)
    {
        var repository = await GitRepository.OpenAsync(source, CancellationToken.None);
        return await SeriesRun.ApplyAsync(
            repository, await repository.ResolveCommitAsync("HEAD", CancellationToken.None), patches, new SeriesOptions(), CancellationToken.None);
    }

    private static string Show(string source, string commit) => Oracle.Git(source, "log", "-1", "--date=raw", "--format=%T%n%an%n%ae%n%ad%n%B", commit);
}
