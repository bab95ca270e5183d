using KernelBuild.BootImages.Inspection;

namespace KernelBuild.Cli.Images;

/// <summary>The four answers in JSON; there is no fifth that sums them up.</summary>
internal sealed record VerdictInfo(AnswerInfo Id, AnswerInfo Digest, AnswerInfo Signature, AnswerInfo KeyAndPolicy)
{
    public static VerdictInfo From(Verdict verdict) =>
        new(AnswerInfo.From(verdict.Id), AnswerInfo.From(verdict.Digest), AnswerInfo.From(verdict.Signature), AnswerInfo.From(verdict.KeyAndPolicy));
}
