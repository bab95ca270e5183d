using System.Text.Json;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch.Signatures;
using KernelBuild.Manifest;

namespace KernelBuild.Attestation;

/// <summary>
/// Whether an artifacts folder is what it says: every file against SHA256SUMS, the statements against each other and against the products,
/// and the signatures. It reads the folder and asks no server.
/// </summary>
public sealed class ArtifactVerification(string folder)
{
    /// <summary>Files with public keys, of which one must have signed; without any, signatures are checked against the key that they carry.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>A checkout of the project, whose files must be those that went in; null for none.</summary>
    public string? Checkout { get; init; }

    /// <summary>Everything that is wrong, and as warnings what nothing vouches for.</summary>
    /// <exception cref="DiagnosticException">KB9050 without a readable manifest; KB1028 for a key file that holds none.</exception>
    public async Task<ArtifactReport> RunAsync(CancellationToken cancellationToken)
    {
        var root = Path.GetFullPath(folder);
        if (!Directory.Exists(root) || BuildManifest.Find(root) is not { } manifest)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ManifestUnreadable, $"there is no {BuildManifest.FileName} in '{folder}'",
                "name the folder of a build's artifacts, such as artifacts/DEVICE") with
            { File = folder });
        }

        var findings = new List<Diagnostic>();
        findings.AddRange(new FileCheck(root, manifest).Run());
        if (manifest.Verdict.Result != ManifestVerdict.Built)
        {
            findings.Add(Diagnostic.Error(
                DiagnosticCodes.NothingBuilt, $"the build failed at the stage {manifest.Verdict.Stage}: there is nothing to hand on",
                "build again") with
            {
                File = Path.Combine(root, BuildManifest.FileName),
                Details = [.. (manifest.Verdict.Findings ?? []).Select(finding => $"{finding.Code}: {finding.Message}")],
            });
        }
        else
        {
            findings.AddRange(Guarded(root, () => new StatementCheck(root, manifest).Run()));
            findings.AddRange(Guarded(root, () => new ProductCheck(root, manifest).Run()));
        }

        if (Checkout is { } checkout)
        {
            findings.AddRange(new CheckoutCheck(root, manifest, checkout).Run());
        }

        var signers = new List<SignatureVerdict>();
        using (var keys = Keys.Count > 0 ? await SigningKeys.LoadAsync(Keys, cancellationToken) : null)
        {
            findings.AddRange(await new FolderSignatures(root, keys, signers).CheckAsync(cancellationToken));
        }

        return new ArtifactReport(root, manifest, [.. findings], [.. signers.Select(signer => signer.Signer)]);
    }

    /// <summary>A statement that is no JSON, or has not the members of one, is a finding like another.</summary>
    private static List<Diagnostic> Guarded(string root, Func<IEnumerable<Diagnostic>> check)
    {
        try
        {
            return [.. check()];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or ArgumentException or FileNotFoundException)
        {
            return [Contradiction(root, $"a statement cannot be read: {e.Message.ReplaceLineEndings(" ")}")];
        }
        catch (DiagnosticException e)
        {
            return [.. e.Diagnostics];
        }
    }

    internal static Diagnostic Contradiction(string file, string what, string? found = null, string? expected = null) => Diagnostic.Error(
        DiagnosticCodes.ArtifactContradicts, what, "take the folder from where it was built, once more; or build it again") with
    { File = file, Found = found, Expected = expected };
}
