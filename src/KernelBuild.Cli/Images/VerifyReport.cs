using KernelBuild.BootImages.Inspection;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Images;

/// <summary>The JSON document of <c>boot verify --json</c> and <c>avb verify --json</c>.</summary>
internal sealed record VerifyReport(IReadOnlyList<VerifiedFileInfo> Files) : JsonReport;

/// <summary>One file of <c>boot verify --json</c>.</summary>
/// <param name="File">As given.</param>
/// <param name="Kind">boot, vendor_boot, vbmeta, dtbo, unknown; null when it could not be read.</param>
/// <param name="Answers">Null when it could not be read.</param>
/// <param name="Findings">All of them.</param>
internal sealed record VerifiedFileInfo(string File, string? Kind, VerdictInfo? Answers, IReadOnlyList<FindingInfo> Findings);

/// <summary>The four answers in JSON; there is no fifth that sums them up.</summary>
internal sealed record VerdictInfo(AnswerInfo Id, AnswerInfo Digest, AnswerInfo Signature, AnswerInfo KeyAndPolicy)
{
    public static VerdictInfo From(Verdict verdict) =>
        new(
            AnswerInfo.From(verdict.Id), AnswerInfo.From(verdict.Digest), AnswerInfo.From(verdict.Signature),
            AnswerInfo.From(verdict.KeyAndPolicy));
}

/// <summary>One of the four answers in JSON.</summary>
/// <param name="State">good, bad, absent, not-checked.</param>
/// <param name="Text">What it rests on.</param>
internal sealed record AnswerInfo(string State, string Text)
{
    public static AnswerInfo From(Answer answer) => new(answer.StateName, answer.Text);
}
