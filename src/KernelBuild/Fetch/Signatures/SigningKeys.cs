using System.Text;
using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Fetch.Signatures;

/// <summary>
/// The keys that a project trusts for one source, in a home of gpg's that holds nothing else: neither the keys nor the trust of the
/// person who builds count. SSH keys are in a file of signers as git and ssh-keygen(1) read it.
/// </summary>
internal sealed partial class SigningKeys : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("kernelbuild-keys-").FullName;

    private SigningKeys()
    {
    }

    public bool HasOpenPgp { get; private set; }

    public bool HasSsh => File.Exists(Signers);

    /// <summary>The SSH keys, as ssh-keygen(1) reads a file of allowed signers.</summary>
    public string Signers => Path.Combine(_home, "allowed_signers");

    /// <summary>What the files hold, as one digest: a verdict belongs to it.</summary>
    /// <exception cref="DiagnosticException">KB1028 for a file that is not there.</exception>
    public static Sha256Digest DigestOf(IEnumerable<string> files) => Sha256Digest.Of(string.Concat(files.Select(file => Sha256Digest.OfFile(Present(file)))));

    /// <param name="files">OpenPGP keys, armoured or not, or public SSH keys or files of signers.</param>
    /// <exception cref="DiagnosticException">KB1028, or KB4004 without gpg.</exception>
    public static async Task<SigningKeys> LoadAsync(IEnumerable<string> files, CancellationToken cancellationToken)
    {
        var keys = new SigningKeys();
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(keys._home, "gpg.conf"), "batch\nno-tty\nno-autostart\nno-auto-key-retrieve\ntrust-model always\n", cancellationToken);
            foreach (var file in files)
            {
                await keys.AddAsync(Present(file), cancellationToken);
            }

            return keys;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <summary>gpg with these keys; its messages for programs go to standard output.</summary>
    public Command Gpg(params IEnumerable<string> arguments) =>
        new Command("gpg").WithArguments("--homedir", _home, "--status-fd", "1").WithArguments(arguments);

    /// <summary>git that checks signatures with these keys.</summary>
    public Command With(Command git) => git.WithEnvironment("GNUPGHOME", _home);

    /// <summary>Settings of git that come before its subcommand.</summary>
    public IEnumerable<string> GitSettings => ["-c", "gpg.program=gpg", "-c", "gpg.ssh.allowedSignersFile=" + Signers];

    public void Dispose() => Directory.Delete(_home, recursive: true);

    private async Task AddAsync(string file, CancellationToken cancellationToken)
    {
        var ssh = (await File.ReadAllLinesAsync(file, Encoding.Latin1, cancellationToken))
            .Select(line => line.Trim())
            .Where(line => !line.StartsWith('#') && SshKey().IsMatch(line))
            .ToArray();
        if (ssh.Length > 0)
        {
            // a bare public key signs for whoever holds it; a line of signers begins with their names
            await File.AppendAllLinesAsync(Signers, ssh.Select(line => BareSshKey().IsMatch(line) ? $"{Comment(line)} {line}" : line), cancellationToken);
            return;
        }

        var result = await (Gpg("--import", file) with { AnswerCodes = [1, 2] }).RunAsync(cancellationToken);
        if (!result.Output.Any(line => line.StartsWith("[GNUPG:] IMPORT_OK", StringComparison.Ordinal)))
        {
            throw Invalid(file, "holds no public key of OpenPGP or SSH");
        }

        HasOpenPgp = true;
    }

    private static string Comment(string line) => line.Split(' ', 3) is [_, _, var comment] && comment.Length > 0
        ? comment.Replace(' ', '_').Replace(',', '_').Replace('"', '_')
        : "*";

    private static string Present(string file) => File.Exists(file) ? file : throw Invalid(file, "does not exist");

    private static DiagnosticException Invalid(string file, string why) => new(Diagnostic.Error(
        DiagnosticCodes.SigningKeyInvalid, $"the key file {why}",
        "write the signer's public key into it: 'gpg --export --armor FINGERPRINT', or the .pub file of an SSH key") with
    { File = file });

    [GeneratedRegex(@"(^|\s)(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d+|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) AAAA[0-9A-Za-z+/=]+")]
    private static partial Regex SshKey();

    [GeneratedRegex(@"^(ssh-|ecdsa-|sk-)\S+ AAAA")]
    private static partial Regex BareSshKey();
}
