using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Attestation;

/// <summary>What signs the artifacts of a build: an SSH key through ssh-keygen -Y sign, or a key of gpg's.</summary>
/// <param name="Name">
/// A file with a private SSH key, or with a public one whose private half an agent holds; or "gpg:" and what gpg calls the key by.
/// </param>
internal sealed record ArtifactKey(string Name)
{
    /// <summary>The purpose in an SSH signature, which the verifier must name too; "file" is that of ssh-keygen(1)'s own example.</summary>
    public const string Namespace = "file";

    public const string SshExtension = ".sig";
    public const string GpgExtension = ".asc";

    private const string GpgPrefix = "gpg:";

    private bool IsGpg => Name.StartsWith(GpgPrefix, StringComparison.Ordinal);

    public string Extension => IsGpg ? GpgExtension : SshExtension;

    /// <returns>Null for no key.</returns>
    /// <exception cref="DiagnosticException">KB9056 for a file that is not there.</exception>
    public static ArtifactKey? Parse(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return null;
        }

        var key = new ArtifactKey(name);
        return key.IsGpg || File.Exists(name) ? key : throw Unusable(name, "there is no such file", []);
    }

    /// <summary>The detached, armoured signature of a file.</summary>
    /// <exception cref="DiagnosticException">KB9056 when the key signs nothing; KB4004 without the program.</exception>
    public async Task<string> SignAsync(string file, CancellationToken cancellationToken)
    {
        var program = IsGpg
            ? new Command("gpg")
                .WithArguments("--batch", "--armor", "--local-user", Name[GpgPrefix.Length..], "--detach-sign")
                .WithEnvironment("GNUPGHOME", Environment.GetEnvironmentVariable("GNUPGHOME"))
            : new Command("ssh-keygen")
                .WithArguments("-Y", "sign", "-f", Name, "-n", Namespace)
                // a passphrase is the agent's business: a build asks nobody
                .WithEnvironment("SSH_ASKPASS_REQUIRE", "never");
        using var signature = new MemoryStream();
        var errors = new List<string>();
        var result = await (program with
        {
            InputProducer = async (input, token) =>
            {
                await using var content = File.OpenRead(file);
                await content.CopyToAsync(input, token);
            },
            OutputConsumer = (output, token) => output.CopyToAsync(signature, token),
            OnError = errors.Add,
            AnswerCodes = [1, 2, 255],
        }).RunAsync(cancellationToken);
        return result.ExitCode == 0 && signature.Length > 0
            ? Encoding.ASCII.GetString(signature.GetBuffer(), 0, (int)signature.Length)
            : throw Unusable(Name, "it signs nothing here", errors);
    }

    private static DiagnosticException Unusable(string name, string why, IReadOnlyList<string> details) => new(Diagnostic.Error(
        DiagnosticCodes.ArtifactKeyUnusable, $"the artifacts cannot be signed with '{name}': {why}",
        "name the file of an SSH key (with a passphrase: its .pub file, the key itself in ssh-agent), or gpg:FINGERPRINT") with
    { Details = details });
}
