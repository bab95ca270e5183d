using KernelBuild.Diagnostics;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diagnosis;

namespace KernelBuild.Patches.Reports;

/// <summary>The words for verdicts in every form of report.</summary>
public static class VerdictWord
{
    public static string Of(PatchVerdict verdict) => verdict switch
    {
        PatchVerdict.Applied => "applied",
        PatchVerdict.Failed => "failed",
        PatchVerdict.AlreadyApplied => "already-applied",
        PatchVerdict.Malformed => "malformed",
        _ => "not-tried",
    };

    public static string Of(HunkVerdict verdict) => verdict switch
    {
        HunkVerdict.Applied => "applied",
        HunkVerdict.AppliedAtOffset => "applied-at-offset",
        HunkVerdict.AppliedWithFuzz => "applied-with-fuzz",
        HunkVerdict.AlreadyApplied => "already-applied",
        HunkVerdict.Conflicts => "conflicts",
        HunkVerdict.AppliesWithFuzz => "would-apply-with-fuzz",
        HunkVerdict.PartlyApplied => "partly-applied",
        HunkVerdict.ContextDrifted => "context-drifted",
        HunkVerdict.FileGone => "file-gone",
        _ => "not-tried",
    };

    /// <summary>SARIF's words for levels.</summary>
    public static string Of(DiagnosticSeverity severity) => severity switch
    {
        DiagnosticSeverity.Error => "error",
        DiagnosticSeverity.Warning => "warning",
        _ => "note",
    };

    public static string Of(FileProblem problem) => problem switch
    {
        FileProblem.None => "none",
        FileProblem.FileMissing => "file-missing",
        FileProblem.FileExists => "file-exists",
        FileProblem.FileGoneInSamePatch => "file-gone-in-same-patch",
        FileProblem.PathUnsafe => "path-unsafe",
        FileProblem.WrongType => "wrong-type",
        FileProblem.LinesLeft => "lines-left",
        FileProblem.BinaryDiffers => "binary-differs",
        FileProblem.BinaryMissing => "binary-missing",
        _ => "hunks-failed",
    };
}
