using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Files;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Inspection;

/// <summary>The third and the fourth question: is the metadata signed, and by whom, and what does it allow?</summary>
internal static class SignatureInspection
{
    private const string NotLocked = "a locked device does not boot it (ERROR_VERIFICATION); an unlocked one does, with its warning";

    public static (Answer Signature, Answer KeyAndPolicy) Check(ImageFile file, InspectionOptions options, List<Diagnostic> findings)
    {
        var avb1 = Avb1Inspection.Check(file, options, findings);
        if (file.Vbmeta is not { } vbmeta)
        {
            return avb1 ?? (new Answer(AnswerState.Absent, "no AVB metadata"), new Answer(AnswerState.Absent, "no AVB metadata"));
        }

        var state = VbmetaSignature.Check(vbmeta);
        var signature = Explain(file, vbmeta, state, findings);
        var policy = PolicyInspection.Check(file, vbmeta, options, findings);
        return (signature, Key(file, vbmeta, state, policy, options, findings));
    }

    private static Answer Explain(ImageFile file, Vbmeta vbmeta, VbmetaSignatureState state, List<Diagnostic> findings)
    {
        var name = vbmeta.Algorithm?.Name ?? $"algorithm {vbmeta.Header.Algorithm}";
        switch (state)
        {
            case VbmetaSignatureState.Valid:
                return new Answer(AnswerState.Good, $"{name}, valid");
            case VbmetaSignatureState.NotSigned:
                findings.Add(Diagnostic.Warning(
                    DiagnosticCodes.AvbNotSigned,
                    "the AVB metadata is not signed (algorithm NONE): its digests detect accidental changes, not deliberate ones",
                    "sign it: kernelbuild avb sign --key key.pem") with
                {
                    Offset = file.VbmetaOffset + VbmetaFields.Algorithm,
                    Found = "NONE",
                    Expected = "an RSA algorithm",
                    Consequence =
                        "right for a partition whose descriptor stands in vbmeta.img; as a chained partition or as vbmeta.img, a locked "
                        + "device refuses it",
                });
                return new Answer(AnswerState.Absent, "NONE: not signed");
            case VbmetaSignatureState.NotChecked:
                findings.Add(Diagnostic.Warning(
                    DiagnosticCodes.AvbSignatureInvalid, $"{name} signatures are recognised but not checked") with
                    {
                        Offset = file.VbmetaOffset + VbmetaFields.Algorithm,
                    });
                return new Answer(AnswerState.NotChecked, $"{name}: recognised, not checked");
        }

        var (what, found, expected) = state switch
        {
            VbmetaSignatureState.HashDiffers =>
                ("the AVB metadata was changed after it was signed: its hash differs", "another hash",
                    Convert.ToHexStringLower(vbmeta.Hash.Span)),
            VbmetaSignatureState.SignatureDiffers =>
                ("the signature of the AVB metadata is not one by the key it carries", "another signature", "one by the stored key"),
            VbmetaSignatureState.KeyInvalid =>
                ("the public key in the AVB metadata does not belong to the algorithm, or its n0inv or rr are wrong",
                    $"{vbmeta.PublicKey.Length} bytes", $"a key for {name}"),
            _ =>
                ("the sizes of hash and signature are not those of the algorithm, or it does not exist",
                    $"{name}, {vbmeta.Hash.Length} and {vbmeta.Signature.Length} bytes",
                    vbmeta.Algorithm is { } a ? $"{a.HashLength} and {a.SignatureLength} bytes" : "algorithm 0 to 8"),
        };
        findings.Add(Diagnostic.Error(
            DiagnosticCodes.AvbSignatureInvalid, what, "take a fresh copy, or sign again: kernelbuild avb sign --key key.pem") with
        { Offset = file.VbmetaOffset + VbmetaFields.HeaderLength, Found = found, Expected = expected, Consequence = NotLocked });
        return new Answer(AnswerState.Bad, $"{name}: {what}");
    }

    private static Answer Key(
        ImageFile file, Vbmeta vbmeta, VbmetaSignatureState state, string policy, InspectionOptions options, List<Diagnostic> findings)
    {
        if (vbmeta.PublicKey.IsEmpty && options.TrustedKey.IsEmpty)
        {
            return new Answer(AnswerState.Absent, $"no key; {policy}");
        }

        if (vbmeta.PublicKey.IsEmpty)
        {
            // libavb: a chained partition, and the top level of a locked device, must carry the key that is expected there
            var wanted = AvbPublicKey.FingerprintOf(options.TrustedKey.Span);
            findings.Add(Diagnostic.Error(
                DiagnosticCodes.AvbKeyUntrusted, "the AVB metadata carries no key, and is not signed with the expected one",
                "sign it with the expected key: kernelbuild avb sign --key key.pem; an image whose descriptor stands in vbmeta.img is verified "
                + "together with it") with
            {
                Offset = file.VbmetaOffset + VbmetaFields.Algorithm,
                Found = "no key",
                Expected = wanted,
                Consequence = "a device that trusts the expected key refuses it (ERROR_PUBLIC_KEY_REJECTED)",
            });
            return new Answer(AnswerState.Bad, $"no key, expected {wanted}; {policy}");
        }

        var fingerprint = AvbPublicKey.FingerprintOf(vbmeta.PublicKey.Span);
        var at = file.VbmetaOffset + VbmetaFields.HeaderLength + vbmeta.AuthenticationBlock.Length + (long)vbmeta.Header.PublicKeyOffset;
        if (!options.TrustedKey.IsEmpty)
        {
            if (!options.TrustedKey.Span.SequenceEqual(vbmeta.PublicKey.Span))
            {
                var expected = AvbPublicKey.FingerprintOf(options.TrustedKey.Span);
                findings.Add(Diagnostic.Error(
                    DiagnosticCodes.AvbKeyUntrusted, "the AVB metadata is signed with another key than the expected one",
                    "sign it with the expected key") with
                {
                    Offset = at,
                    Found = fingerprint,
                    Expected = expected,
                    Consequence = "a device that trusts the expected key refuses it (ERROR_PUBLIC_KEY_REJECTED)",
                });
                return new Answer(AnswerState.Bad, $"key {fingerprint}, expected {expected}; {policy}");
            }

            return new Answer(
                state == VbmetaSignatureState.Valid ? AnswerState.Good : AnswerState.Bad, $"key {fingerprint}, the expected one; {policy}");
        }

        if (AvbKnownKeys.NameOf(vbmeta.PublicKey.Span) is { } known)
        {
            findings.Add(Diagnostic.Warning(
                DiagnosticCodes.AvbKeyUntrusted, $"the AVB metadata is signed with the {known}: its private key is public",
                "sign it with a key of your own") with
            {
                Offset = at,
                Found = fingerprint,
                Consequence = "a locked device with a key of its own refuses it; a device that trusts this key accepts images from anybody",
            });
            return new Answer(AnswerState.Bad, $"key {fingerprint}, {known}; {policy}");
        }

        return new Answer(AnswerState.NotChecked, $"key {fingerprint}, not compared with any; {policy}");
    }
}
