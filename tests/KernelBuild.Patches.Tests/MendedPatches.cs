using System.Globalization;
using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Repositories;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Exchange;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Tests;

/// <summary>import --mend. The oracle is the patch before it was damaged, as git applies it, or GNU patch.</summary>
public sealed partial class MendedPatches : IDisposable
{
    private static readonly string _data = Repository.PathOf("tests", "data", "patches");

    private readonly TestFolder _folder = new();
    private readonly string _source;

    public MendedPatches()
    {
        _source = _folder.Folder("source");
        Oracle.Git(_source, "init", "-q");
    }

    public void Dispose() => _folder.Dispose();

    private void Commit(string message = "source")
    {
        Oracle.Git(_source, "add", "-A");
        Oracle.Git(_source, "commit", "-q", "-m", message);
    }

    /// <summary>The tree that the imported series makes of HEAD, and what was said.</summary>
    private async Task<(string Tree, IReadOnlyList<Diagnostic> Notes)> MendAsync(string patch, string revision = "HEAD")
    {
        var repository = await GitRepository.OpenAsync(_source, CancellationToken.None);
        var commit = await repository.ResolveCommitAsync(revision, CancellationToken.None);
        var target = _folder[Guid.NewGuid().ToString("N")];
        var (files, notes) = await SeriesExchange.ImportMendedAsync(SeriesInput.Load(patch), target, repository, commit, CancellationToken.None);
        // git itself takes what was written
        Oracle.Git(_source, "checkout", "-q", "--detach", revision);
        foreach (var file in files.SkipLast(1))
        {
            Oracle.Git(_source, "apply", "--index", file);
        }

        var tree = Oracle.Git(_source, "write-tree");
        Oracle.Git(_source, "reset", "-q", "--hard");
        var report = await SeriesRun.ApplyAsync(repository, commit, SeriesInput.Load(target), new SeriesOptions(), CancellationToken.None);
        report.Tree.ToString().ShouldBe(tree);
        return (tree, notes);
    }

    [TheoryWith("patch")]
    [InlineData("trailing-blank-context-missing", "1 line of blank context was put back: @@ -1,4 +1,4 @@")]
    [InlineData("new-file-without-mode", "the line 'new file mode 100644' was put back")]
    [InlineData("dot-orig-git-header", "the line 'diff --git' and those below it were taken out")]
    public async Task What_GNU_patch_takes_is_mended_to_the_same_tree(string name, string said)
    {
        if (Directory.Exists(Path.Combine(_data, name, "base")))
        {
            Oracle.Text(_folder.Path, "cp", "-a", Path.Combine(_data, name, "base") + "/.", _source);
        }

        _folder.Write("source/README", "a source\n");
        Commit();
        var file = Path.Combine(_data, name, "p.patch");
        Oracle.Text(_source, "patch", "-p1", "-F0", "-s", "-i", file);
        Oracle.Git(_source, "add", "-A");
        var expected = Oracle.Git(_source, "write-tree");
        Oracle.Git(_source, "reset", "-q", "--hard");

        Should.Throw<DiagnosticException>(() => SeriesExchange.Import(SeriesInput.Load(file), _folder["plain"])).Diagnostics[0].Code.ShouldBe("KB2005");
        var (tree, notes) = await MendAsync(file);
        tree.ShouldBe(expected);
        notes.ShouldHaveSingleItem().Code.ShouldBe("KB2019");
        notes[0].Message.ShouldContain(said);
        File.ReadLines(file).ElementAt(notes[0].Line - 1).ShouldMatch("^(@@|diff --git)");
    }

    [Fact]
    public async Task Two_readings_that_fit_are_refused_with_both_places()
    {
        _folder.Write("source/f.c", string.Concat(Enumerable.Repeat("a\nb\nc\n\n", 3)));
        Commit();
        var file = _folder.Write("p.patch", "--- a/f.c\n+++ b/f.c\n@@ -40,9 +40,9 @@\n a\n-b\n+B\n c\n");
        var repository = await GitRepository.OpenAsync(_source, CancellationToken.None);
        var commit = await repository.ResolveCommitAsync("HEAD", CancellationToken.None);
        var error = await Should.ThrowAsync<DiagnosticException>(
            () => SeriesExchange.ImportMendedAsync(SeriesInput.Load(file), _folder["out"], repository, commit, CancellationToken.None));
        error.Diagnostics.Select(finding => finding.Code).ShouldBe(["KB2005", "KB2020"]);
        error.Diagnostics[1].Message.ShouldContain("3 readings of the hunk fit the source, at line 1 and at line 5, and no line 'index' tells which");
        Directory.Exists(_folder["out"]).ShouldBeFalse();
    }

    [Fact]
    public async Task A_patch_for_another_source_is_refused()
    {
        _folder.Write("source/f.c", "x\ny\nz\n");
        Commit();
        var file = _folder.Write("p.patch", "--- a/f.c\n+++ b/f.c\n@@ -1,9 +1,9 @@\n a\n-b\n+B\n c\n");
        var error = await Should.ThrowAsync<DiagnosticException>(() => MendAsync(file));
        error.Diagnostics[^1].Message.ShouldContain("no reading of the hunk fits the source");
    }

    [Fact]
    public async Task A_sound_patch_is_taken_byte_by_byte()
    {
        _folder.Write("source/f.c", "a\nb\nc\n");
        Commit();
        var text = "From: A <a@example.org>\nDate: Mon, 1 Jun 2026 12:00:00 +0000\nSubject: [PATCH] p\n\n---\n--- a/f.c\n+++ b/f.c\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n";
        var (_, notes) = await MendAsync(_folder.Write("p.patch", text));
        notes.ShouldBeEmpty();
        File.ReadAllText(Directory.EnumerateFiles(_folder.Path, "0001-*", SearchOption.AllDirectories).Single()).ShouldBe(text);
    }

    /// <summary>Patches of a source like the kernel's, with blank lines and lines that stand in it many times, each damaged in many ways.</summary>
    [Fact]
    public async Task A_damaged_patch_is_the_one_that_it_was_or_refused()
    {
        var random = new Random(18);
        for (var file = 0; file < 4; file++)
        {
            _folder.Write(Name(file), string.Concat(Enumerable.Range(0, 60).Select(at => Function(random, at))));
        }

        Commit();
        var (mended, refused) = (0, new List<string>());
        for (var round = 0; round < 20; round++)
        {
            Oracle.Git(_source, "checkout", "-q", "--detach", "HEAD");
            var before = Oracle.Git(_source, "rev-parse", "HEAD");
            Edit(random, round);
            Commit($"round {round}");
            Oracle.Git(_source, "update-ref", "refs/made", "HEAD");
            var tree = Oracle.Git(_source, "rev-parse", "HEAD^{tree}");
            var sound = Oracle.Git(_source, "format-patch", "--stdout", "-1", "HEAD") + "\n";
            foreach (var (kind, damage) in Damages(random))
            {
                var damaged = damage(sound);
                if (damaged == sound)
                {
                    continue;
                }

                try
                {
                    (await MendAsync(_folder.Write("damaged.patch", damaged), before)).Tree.ShouldBe(tree, $"{kind}:\n{sound}\n{damaged}");
                    mended++;
                }
                catch (DiagnosticException e)
                {
                    e.Diagnostics.ShouldContain(finding => finding.Code == "KB2020" || finding.Code == "KB2005", kind);
                    refused.Add(kind + ": " + e.Diagnostics[^1].Message);
                }
            }

            Oracle.Git(_source, "checkout", "-q", "--detach", round % 3 == 0 ? Oracle.Git(_source, "rev-parse", "refs/made") : before);
        }

        TestContext.Current.SendDiagnosticMessage($"{mended} mended, {refused.Count} refused:\n{string.Join('\n', refused.Take(40))}");
        (mended / (double)(mended + refused.Count)).ShouldBeGreaterThan(0.9, string.Join('\n', refused.Take(40)));
    }

    private static string Name(int file) => string.Create(CultureInfo.InvariantCulture, $"source/drivers/f{file}.c");

    private static string Function(Random random, int at) => string.Create(
        CultureInfo.InvariantCulture,
        $"static int function_{at}(struct device *dev)\n{{\n\tint ret = {random.Next(9)};\n\n\tif (!dev)\n\t\treturn -EINVAL;\n\n\treturn ret;\n}}\n\n");

    /// <summary>A few changes of lines in one or two files; sometimes a new file.</summary>
    private void Edit(Random random, int round)
    {
        foreach (var file in Enumerable.Range(0, 4).OrderBy(_ => random.Next()).Take(1 + (round % 2)))
        {
            var path = _folder[Name(file)];
            var lines = File.ReadAllLines(path).ToList();
            for (var change = 0; change < 1 + random.Next(3); change++)
            {
                var at = random.Next(lines.Count);
                switch (random.Next(3))
                {
                    case 0:
                        lines[at] = $"\tchanged({round}, {change});";
                        break;
                    case 1:
                        lines.RemoveAt(at);
                        break;
                    default:
                        lines.InsertRange(at, [$"\tadded({round}, {change});", "", "\tand(one_more);"]);
                        break;
                }
            }

            File.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")));
        }

        if (round % 5 == 0)
        {
            _folder.Write(string.Create(CultureInfo.InvariantCulture, $"source/drivers/new{round}.c"), "int new_one;\n\nint new_two;\n");
        }
    }

    private static IEnumerable<(string Kind, Func<string, string> Damage)> Damages(Random random)
    {
        yield return ("counts", text => HunkHeader().Replace(text, match => string.Create(
            CultureInfo.InvariantCulture,
            $"@@ -{match.Groups[1].Value},{random.Next(1, 12)} +{match.Groups[2].Value},{random.Next(1, 12)} @@")));
        yield return ("blank context", text => text.Replace("\n \n", "\n", StringComparison.Ordinal));
        yield return ("leading blanks", text => text.Replace("\n \t", "\n\t", StringComparison.Ordinal));
        yield return ("names", text => NamesLines().Replace(text, ""));
        yield return ("header", text => text.Count("diff --git ") == 1 ? Header().Replace(text, "") : text);
        yield return ("mode", text => text.Replace("new file mode 100644\n", "", StringComparison.Ordinal));
        yield return ("old name", text => OldName().Replace(text, ""));
    }

    [GeneratedRegex(@"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@", RegexOptions.Multiline)]
    private static partial Regex HunkHeader();

    [GeneratedRegex(@"^--- [a/].*\n\+\+\+ .*\n", RegexOptions.Multiline)]
    private static partial Regex NamesLines();

    [GeneratedRegex(@"^--- a/.*\n", RegexOptions.Multiline)]
    private static partial Regex OldName();

    [GeneratedRegex(@"^diff --git .*\nindex .*\n--- .*\n\+\+\+ .*\n", RegexOptions.Multiline)]
    private static partial Regex Header();
}

internal static class Texts
{
    public static int Count(this string text, string what) => text.Split(what).Length - 1;
}
