using System.Collections.Immutable;
using KernelBuild.BootImages.Files;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Inspection;

/// <summary>What was found out about an image.</summary>
/// <param name="Verdict">The four answers.</param>
/// <param name="Findings">In the order of their offsets.</param>
public sealed record ImageInspection(Verdict Verdict, ImmutableArray<Diagnostic> Findings)
{
    public bool HasErrors => Findings.Any(finding => finding.Severity == DiagnosticSeverity.Error);

    /// <summary>Checks everything in a file that can be checked.</summary>
    /// <param name="file">The file.</param>
    /// <param name="readFindings">What reading it found already.</param>
    /// <param name="options">Null for the defaults.</param>
    public static ImageInspection Of(ImageFile file, IReadOnlyList<Diagnostic> readFindings, InspectionOptions? options = null)
    {
        options ??= new InspectionOptions();
        var inside = new List<Diagnostic>();
        var findings = new List<Diagnostic>(readFindings);
        Answer id = null!, digest = null!, signature = null!, key = null!;
        var outside = new List<Diagnostic>();

        // The digests read every byte, and so does looking inside: two cores halve the time.
        Parallel.Invoke(
            () =>
            {
                if (options.LookInside)
                {
                    ContentInspection.Check(file, options, inside);
                }

                id = IdInspection.Check(file, inside);
            },
            () =>
            {
                digest = DigestInspection.Check(file, options, outside);
                (signature, key) = SignatureInspection.Check(file, options, outside);
                CertificateInspection.Check(file, outside);
            });
        findings.AddRange(inside);
        findings.AddRange(outside);
        return new ImageInspection(new Verdict(id, digest, signature, key), [.. findings.OrderBy(f => f.Offset ?? 0)]);
    }
}
