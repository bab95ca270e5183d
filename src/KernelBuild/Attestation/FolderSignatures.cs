using KernelBuild.Diagnostics;
using KernelBuild.Fetch.Signatures;
using KernelBuild.Host.Processes;
using KernelBuild.Manifest;

namespace KernelBuild.Attestation;

/// <summary>The signatures of SHA256SUMS and of the provenance.</summary>
/// <param name="keys">Those that count; null to check that content and signature belong together, whoever signed.</param>
/// <param name="signers">Takes whom the good ones are of.</param>
internal sealed class FolderSignatures(string root, SigningKeys? keys, List<SignatureVerdict> signers)
{
    public async Task<IReadOnlyList<Diagnostic>> CheckAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Diagnostic>();
        foreach (var name in (string[])[BuildManifest.SumsFileName, Attestations.ProvenanceFileName])
        {
            var file = Path.Combine(root, name);
            var signatures = ArtifactSeal.Signatures(name).Select(one => Path.Combine(root, one)).Where(File.Exists).ToArray();
            if (signatures.Length == 0)
            {
                findings.Add(keys is null
                    ? Diagnostic.Warning(
                        DiagnosticCodes.ArtifactNotVouchedFor, $"{name} is not signed: whoever changes it together with the files goes unseen",
                        "build with ArtifactSigningKey") with
                    { File = file }
                    : Bad(file, $"{name} is not signed", []));
                continue;
            }

            foreach (var signature in signatures)
            {
                var check = signature.EndsWith(ArtifactKey.GpgExtension, StringComparison.Ordinal)
                    ? await GpgAsync(file, signature, cancellationToken)
                    : await SshAsync(file, signature, cancellationToken);
                if (check.Verdict is { } verdict)
                {
                    signers.Add(verdict);
                }
                else if (keys is null && check.Reason.StartsWith("it is signed by the key", StringComparison.Ordinal))
                {
                    findings.Add(Diagnostic.Warning(
                        DiagnosticCodes.ArtifactNotVouchedFor, $"{Path.GetFileName(signature)} cannot be checked: {check.Reason}",
                        "name the public key with --key") with
                    { File = signature });
                }
                else
                {
                    findings.Add(Bad(signature, $"{Path.GetFileName(signature)}: {check.Reason}", check.Lines));
                }
            }
        }

        return findings;
    }

    private async Task<SignatureCheck> GpgAsync(string file, string signature, CancellationToken cancellationToken)
    {
        using var none = keys is null ? await SigningKeys.LoadAsync([], cancellationToken) : null;
        var errors = new List<string>();
        var gpg = (keys ?? none)!.Gpg("--verify", signature, file) with { AnswerCodes = [1, 2], OnError = errors.Add };
        var result = await gpg.RunAsync(cancellationToken);
        return GpgStatus.Read(Path.GetFileName(file), [.. result.Output, .. errors]);
    }

    /// <remarks>
    /// ssh-keygen(1): -Y find-principals names the signer whom the file of signers has for the key; -Y check-novalidate asks for none.
    /// </remarks>
    private async Task<SignatureCheck> SshAsync(string file, string signature, CancellationToken cancellationToken)
    {
        if (keys is null)
        {
            return await RunSshAsync(file, ["-Y", "check-novalidate", "-n", ArtifactKey.Namespace, "-s", signature], cancellationToken);
        }

        var found = keys.HasSsh
            ? await (new Command("ssh-keygen").WithArguments("-Y", "find-principals", "-s", signature, "-f", keys.Signers) with
            {
                AnswerCodes = [1, 255],
            }).RunAsync(cancellationToken)
            : null;
        return found is { ExitCode: 0, Output: [var principal, ..] }
            ? await RunSshAsync(
                file,
                ["-Y", "verify", "-f", keys.Signers, "-I", principal, "-n", ArtifactKey.Namespace, "-s", signature], cancellationToken)
            : new SignatureCheck(null, "it is by a key that is none of those given, or no SSH signature", []);
    }

    private static async Task<SignatureCheck> RunSshAsync(string file, string[] arguments, CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        var result = await (new Command("ssh-keygen").WithArguments(arguments) with
        {
            InputProducer = async (input, token) =>
            {
                await using var content = File.OpenRead(file);
                await content.CopyToAsync(input, token);
            },
            OnError = errors.Add,
            AnswerCodes = [1, 255],
        }).RunAsync(cancellationToken);
        string[] lines = [.. result.Output, .. errors];
        // Good "file" signature for NAME with ED25519 key SHA256:…
        var good = lines.FirstOrDefault(line => line.StartsWith("Good ", StringComparison.Ordinal));
        return result.ExitCode == 0 && good is not null
            ? new SignatureCheck(
                new SignatureVerdict(Path.GetFileName(file), Between(good, " for ", " with "), good.Split(' ')[^1], HasExpired: false), "", lines)
            : new SignatureCheck(null, "the content is not what was signed", lines);
    }

    private static string Between(string text, string from, string to)
    {
        var start = text.IndexOf(from, StringComparison.Ordinal);
        var end = text.LastIndexOf(to, StringComparison.Ordinal);
        return start >= 0 && end > start ? text[(start + from.Length)..end] : text.Split(' ')[^1];
    }

    private static Diagnostic Bad(string file, string what, IReadOnlyList<string> lines) => Diagnostic.Error(
        DiagnosticCodes.ArtifactSignatureBad, what, "ask who built it for the signature and the public key") with
    { File = file, Details = lines };
}
