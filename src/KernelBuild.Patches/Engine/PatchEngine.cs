using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Engine;

/// <summary>Applies series in process, on git objects, and keeps what a build is to be made from.</summary>
public sealed class PatchEngine(GitStore store) : IPatchEngine
{
    public int Version => 2;

    public async Task<IReadOnlyList<AppliedPatch>> ApplyAsync(
        GitObjectId baseCommit, IReadOnlyList<PatchFile> patches, IDiagnosticSink findings, CancellationToken cancellationToken)
    {
        var report = await SeriesRun.ApplyAsync(store, baseCommit, patches, new SeriesOptions(), cancellationToken);
        if (report.Commit is not { } commit)
        {
            throw new DiagnosticException([.. report.Findings.Where(finding => finding.Severity == DiagnosticSeverity.Error)]);
        }

        foreach (var finding in report.Findings)
        {
            findings.Report(finding);
        }

        if (patches.Count > 0)
        {
            await store.KeepAsync(commit, cancellationToken);
        }

        var byPath = patches.ToDictionary(patch => patch.Path, StringComparer.Ordinal);
        return
        [
            .. report.Patches.Select(patch => new AppliedPatch(
                byPath[patch.File] with { Name = patch.Name }, patch.Commit!.Value, SubjectOf(patch))),
        ];
    }

    private static string SubjectOf(PatchReport patch) => patch.Subject.Length > 0 ? patch.Subject : patch.Name;
}
