namespace KernelBuild.Tests.Fetch;

/// <summary>A secret key of gpg in a home of its own, and its public part in a file.</summary>
internal sealed class OpenPgpKey
{
    private readonly TestFolder _files;
    private readonly string _name;

    /// <param name="expires">As gpg's --quick-generate-key takes it.</param>
    public OpenPgpKey(TestFolder files, string name, string expires = "never", params string[] options)
    {
        (_files, _name) = (files, name);
        // a short path, for gpg's sockets
        Home = files.Folder("keys/" + name);
        File.SetUnixFileMode(Home, (UnixFileMode)0b111_000_000);
        Gpg([.. options, "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", User, "ed25519", "sign", expires]);
        Export();
    }

    public string Home { get; }

    public string User => $"{_name} <{_name}@example.org>";

    /// <summary>The public key, without armour.</summary>
    public string PublicKey => _files[$"keys/{_name}.gpg"];

    public string Armoured => Gpg("--armor", "--export");

    public string Fingerprint => Gpg("--with-colons", "--list-keys").Split('\n').First(line => line.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9];

    public void Export() => File.WriteAllBytes(PublicKey, Oracle.Output("gpg", ["--homedir", Home, "--export"]));

    public string Gpg(params string[] arguments) => Oracle.Text(_files.Path, "gpg", ["--homedir", Home, "--batch", "--yes", .. arguments]);

    /// <summary>git that signs with this key.</summary>
    public string Git(string folder, params string[] arguments) =>
        Oracle.Text(folder, "env", ["GNUPGHOME=" + Home, "git", "-c", "user.signingkey=" + Fingerprint, .. arguments]);
}
