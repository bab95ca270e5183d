using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Files;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Inspection;

/// <summary>The first question: is the id of the header that of the sections?</summary>
internal static class IdInspection
{
    public static Answer Check(ImageFile file, List<Diagnostic> findings)
    {
        if (file.Boot is not { } boot || boot.Id.IsEmpty)
        {
            return new Answer(
                AnswerState.Absent, file.Boot is null ? "this format has no id" : $"version {file.Boot.HeaderVersion} headers have no id");
        }

        var state = BootImageId.Check(boot);
        if (BootImageId.Explain(state) is { } finding)
        {
            var isWrong = state == BootImageIdState.MatchesNothing;
            findings.Add(finding with
            {
                Severity = isWrong ? DiagnosticSeverity.Error : finding.Severity,
                Offset = (file.Wrapper?.Raw.Length ?? 0) + (boot.Form == BootHeaderForm.Pxa ? BootImageFields.PxaId : BootImageFields.Id),
                Found = Convert.ToHexStringLower(boot.Id.Span),
                Expected = Convert.ToHexStringLower(BootImageId.Compute(boot, BootImageIdState.MatchesSha1)),
                Consequence = isWrong ? "most bootloaders boot it anyway; some old ones refuse it" : "",
            });
        }

        return new Answer(
            state switch
            {
                BootImageIdState.MatchesNothing => AnswerState.Bad,
                BootImageIdState.Zero => AnswerState.Absent,
                _ => AnswerState.Good,
            },
            BootImageId.NameOf(state));
    }
}
