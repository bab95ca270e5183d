using KernelBuild.Diagnostics;
using KernelBuild.Git.Repositories;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Tests;

/// <summary>Patches of files that are not there, or are there already, and mails in another character set than they say.</summary>
public sealed class ProvokedFindings : IDisposable
{
    private const string Mail = "From: A <a@example.org>\nDate: Mon, 1 Jun 2026 12:00:00 +0000\nSubject: [PATCH] x\n";

    private readonly TestFolder _folder = new();

    public ProvokedFindings()
    {
        _folder.Write("source/drivers/a.c", "int a;\n");
        Oracle.Git(_folder["source"], "init", "-q");
        Oracle.Git(_folder["source"], "add", "-A");
        Oracle.Git(_folder["source"], "commit", "-q", "-m", "base");
    }

    public void Dispose() => _folder.Dispose();

    private async Task<SeriesReport> RunAsync(byte[] patch)
    {
        var repository = await GitRepository.OpenAsync(_folder["source"], CancellationToken.None);
        var commit = await repository.ResolveCommitAsync("HEAD", CancellationToken.None);
        return await SeriesRun.ApplyAsync(
            repository, commit, [new PatchFile("1.patch", _folder.Write("1.patch", patch), 1)], new SeriesOptions(),
            CancellationToken.None);
    }

    private async Task<Diagnostic> FindingAsync(string patch) =>
        (await RunAsync(System.Text.Encoding.Latin1.GetBytes(patch))).Patches.ShouldHaveSingleItem().Findings.ShouldHaveSingleItem();

    private bool GitTakes() => Oracle.Try(_folder["source"], "git", "apply", "--check", _folder["1.patch"]).ExitCode == 0;

    [FactWith("git")]
    public async Task A_file_that_the_source_has_not_is_KB2009_at_its_line_of_the_patch()
    {
        var finding = await FindingAsync(Mail + "\n---\n--- a/drivers/b.c\n+++ b/drivers/b.c\n@@ -1 +1 @@\n-int b;\n+int c;\n");
        finding.Code.ShouldBe(DiagnosticCodes.PatchFileMissing);
        finding.Message.ShouldContain("drivers/b.c: the file is not in the source");
        (finding.File, finding.Line).ShouldBe((_folder["1.patch"], 6));
        GitTakes().ShouldBeFalse();
    }

    [FactWith("git")]
    public async Task A_new_file_in_the_place_of_another_is_KB2010()
    {
        var finding = await FindingAsync(
            Mail
            + "\n---\ndiff --git a/drivers/a.c b/drivers/a.c\nnew file mode 100644\n--- /dev/null\n+++ b/drivers/a.c\n@@ -0,0 +1 @@\n+int "
            + "other;\n");
        finding.Code.ShouldBe(DiagnosticCodes.PatchFileExists);
        finding.Fix.ShouldContain("rewrite the patch against this source");
        GitTakes().ShouldBeFalse();
    }

    [FactWith("git")]
    public async Task A_mail_that_is_not_in_its_character_set_is_KB2013_and_applies()
    {
        var report = await RunAsync(System.Text.Encoding.Latin1.GetBytes(
            Mail
            + "Content-Type: text/plain; charset=UTF-8\n\nGr\u00fc\u00dfe.\n---\n--- a/drivers/a.c\n+++ b/drivers/a.c\n@@ -1 +1 @@\n-int "
            + "a;\n+int b;\n"));
        report.Succeeded.ShouldBeTrue();
        var finding = report.Patches.ShouldHaveSingleItem().Findings.ShouldHaveSingleItem();
        (finding.Code, finding.Severity, finding.Line).ShouldBe((DiagnosticCodes.PatchEncodingInvalid, DiagnosticSeverity.Warning, 6));
    }
}
