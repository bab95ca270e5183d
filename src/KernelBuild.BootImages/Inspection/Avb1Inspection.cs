using KernelBuild.BootImages.Avb1;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Inspection;

/// <summary>The third and the fourth question for images of Android 5 to 7, whose signature stands behind the image.</summary>
internal static class Avb1Inspection
{
    private const string Refused =
        "a locked device with the verified boot of Android 5 to 7 does not boot it; an unlocked one shows its warning and boots";

    /// <returns>Null when there is no such signature.</returns>
    public static (Answer Signature, Answer Key)? Check(ImageFile file, InspectionOptions options, List<Diagnostic> findings)
    {
        if (file.Avb1 is not { } block)
        {
            return null;
        }

        var content = file.Avb1Content;
        var state = Avb1Verification.Check(block, content);
        var at = block.Offset + (file.Wrapper?.Raw.Length ?? 0);
        if (Problem(block, state, content.Length) is { } problem)
        {
            findings.Add(problem with
            {
                Offset = at,
                Consequence = file.Vbmeta is null ? Refused : "bootloaders with AVB 2 do not look at it",
                Severity = file.Vbmeta is null && state != Avb1State.NotChecked ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
            });
        }

        if (block.Signature is not { } signature)
        {
            return (new Answer(AnswerState.Bad, "AVB 1, which cannot be read"), new Answer(AnswerState.NotChecked, "no certificate"));
        }

        CheckTarget(signature, options, at, findings);
        var answer = new Answer(
            state switch
            {
                Avb1State.Valid => AnswerState.Good,
                Avb1State.NotChecked => AnswerState.NotChecked,
                _ => AnswerState.Bad,
            },
            $"AVB 1, {signature.Algorithm.Name}, {(state == Avb1State.Valid ? "valid" : Summary(state))}, "
            + $"for {HeaderText.Printable(signature.Target)}");
        return (answer, Key(signature, state, options, at, findings));
    }

    private static Diagnostic? Problem(Avb1Block block, Avb1State state, long length)
    {
        const string fix = "sign it again: kernelbuild avb sign --key key.pem --cert cert.pem; or take it off: kernelbuild avb strip";
        return state switch
        {
            Avb1State.Valid => null,
            Avb1State.LengthDiffers => Diagnostic.Error(
                DiagnosticCodes.Avb1SignatureInvalid,
                $"the AVB 1 signature is for an image of {block.Signature!.SignedLength} bytes, and this one has {length}", fix) with
            { Found = $"{length}", Expected = $"{block.Signature.SignedLength}" },
            Avb1State.SignatureDiffers => Diagnostic.Error(
                DiagnosticCodes.Avb1SignatureInvalid,
                "the AVB 1 signature is not that of the image: it was changed after it was signed, or the certificate is another key's",
                    fix),
            Avb1State.KeyInvalid => Diagnostic.Error(
                DiagnosticCodes.Avb1SignatureInvalid,
                    "the certificate of the AVB 1 signature cannot be read, or has no key for its algorithm",
                fix),
            Avb1State.Malformed => Diagnostic.Error(
                DiagnosticCodes.Avb1SignatureInvalid, "what follows the image starts like an AVB 1 signature and cannot be read", fix),
            _ => Diagnostic.Warning(
                DiagnosticCodes.Avb1SignatureInvalid,
                $"AVB 1 signatures of the algorithm {block.Signature!.Algorithm.Name} are recognised but not checked"),
        };
    }

    private static string Summary(Avb1State state) => state switch
    {
        Avb1State.LengthDiffers => "for an image of another length",
        Avb1State.SignatureDiffers => "not that of the image",
        Avb1State.KeyInvalid => "with a certificate that cannot be used",
        _ => "recognised, not checked",
    };

    /// <summary>The bootloader compares the target with the partition that it boots.</summary>
    private static void CheckTarget(Avb1Signature signature, InspectionOptions options, long at, List<Diagnostic> findings)
    {
        var partition = PartitionNames.Of(options.FileName);
        if (partition is "boot" or "recovery" && signature.Target != "/" + partition)
        {
            findings.Add(Diagnostic.Warning(
                DiagnosticCodes.Avb1SignatureInvalid,
                $"the AVB 1 signature is for {HeaderText.Printable(signature.Target)}, and the file is called {partition}",
                $"sign it for that partition: kernelbuild avb sign --partition {partition}") with
            {
                Offset = at,
                Found = HeaderText.Printable(signature.Target),
                Expected = "/" + partition,
                Consequence = "a bootloader that finds it in another partition than it is for refuses it",
            });
        }
    }

    private static Answer Key(Avb1Signature signature, Avb1State state, InspectionOptions options, long at, List<Diagnostic> findings)
    {
        if (!Avb1Certificate.TryRead(signature.Certificate.Span, out var certificate))
        {
            return new Answer(AnswerState.Bad, "a certificate that cannot be read");
        }

        var name = $"certificate {certificate.Fingerprint} ({HeaderText.Printable(certificate.Subject)})";
        if (options.TrustedSubjectKey.IsEmpty && Avb1KnownKeys.NameOf(certificate.PublicKey.Span) is { } known)
        {
            findings.Add(Diagnostic.Warning(
                DiagnosticCodes.AvbKeyUntrusted, $"the AVB 1 signature is by the {known}: its private key is public",
                "sign it with a key of your own") with
            {
                Offset = at,
                Found = certificate.Fingerprint,
                Consequence = "a locked device shows its yellow screen or refuses it; one that trusts this key accepts images from anybody",
            });
            return new Answer(AnswerState.Bad, $"{name}, {known}");
        }

        if (options.TrustedSubjectKey.IsEmpty)
        {
            return new Answer(AnswerState.NotChecked, name + ", not compared with any");
        }

        if (options.TrustedSubjectKey.Span.SequenceEqual(certificate.PublicKey.Span))
        {
            return new Answer(state == Avb1State.Valid ? AnswerState.Good : AnswerState.Bad, name + ", of the expected key");
        }

        findings.Add(Diagnostic.Error(
            DiagnosticCodes.AvbKeyUntrusted, "the AVB 1 signature is by another key than the expected one",
                "sign it with the expected key") with
        {
            Offset = at,
            Found = certificate.Fingerprint,
            Consequence = "a locked device shows its yellow screen with another key's fingerprint, or refuses it",
        });
        return new Answer(AnswerState.Bad, name + ", of another key than the expected one");
    }
}
