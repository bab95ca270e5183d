using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KernelBuild.BootImages.Avb;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Files;

/// <summary>How private keys are read: what opens those that are encrypted, and who signs with those that are not at hand.</summary>
internal sealed record KeySource
{
    /// <summary>Files whose first lines are passphrases; each is tried. Without one it is asked for, where there is a terminal.</summary>
    public ImmutableArray<string> PassphraseFiles { get; init; } = [];

    /// <summary>Signs in the place of the key; null as a rule.</summary>
    public SigningHelper? Helper { get; init; }

    /// <summary>Passphrases that come from elsewhere, by the key's file; null as a rule.</summary>
    public Func<string, string?>? Passphrase { get; init; }

    public static KeySource Plain { get; } = new();

    /// <summary>The key of a file: RSA in PEM form, or PKCS #8 in DER, which AOSP keeps as .pk8. With a helper the file may hold the public half alone.</summary>
    /// <param name="path">Null for none.</param>
    /// <exception cref="DiagnosticException">KB9012 or KB5030.</exception>
    public AvbPrivateKey? Read(string? path)
    {
        if (path is null)
        {
            return null;
        }

        if (Helper is { } helper)
        {
            return AvbPrivateKey.HeldElsewhere(PublicHalf(path), (algorithm, block) => helper.Sign(algorithm, path, block));
        }

        try
        {
            return AvbPrivateKey.FromPem(PemOf(Open(path).Span));
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException([.. exception.Diagnostics.Select(d => d with { File = d.File ?? path })]);
        }
    }

    /// <summary>The bytes of a key file, decrypted where they are encrypted.</summary>
    /// <exception cref="DiagnosticException">KB9012, or KB5030: no passphrase opens it.</exception>
    public ReadOnlyMemory<byte> Open(string path)
    {
        var bytes = InputFile.Read(path);
        if (!EncryptedKey.IsEncrypted(bytes.Span))
        {
            return bytes;
        }

        Diagnostic? error = null;
        foreach (var passphrase in Passphrases(path))
        {
            if (EncryptedKey.TryOpen(bytes.Span, passphrase, out var pem, out error))
            {
                return Encoding.ASCII.GetBytes(pem);
            }
        }

        throw new DiagnosticException((error ?? Diagnostic.Error(
            DiagnosticCodes.AvbKeyInvalid, "the key is encrypted, and there is no terminal on which to ask for its passphrase",
            "put the passphrase into a file: --passphrase-file FILE")) with { File = path });
    }

    private static string PemOf(ReadOnlySpan<byte> key) => key.IndexOf("-----BEGIN "u8) >= 0 || key is not [0x30, ..]
        ? Encoding.Latin1.GetString(key)
        : PemEncoding.WriteString("PRIVATE KEY", key);

    /// <summary>Of a private key its public half, or the public key that the file holds.</summary>
    private AvbPublicKey PublicHalf(string path)
    {
        var bytes = Open(path);
        var text = Encoding.Latin1.GetString(bytes.Span);
        if (AvbPublicKey.TryRead(bytes, out var blob) || AvbPublicKey.TryFromPem(text, out blob))
        {
            return blob;
        }

        using var key = AvbPrivateKey.FromPem(text);
        return key.PublicKey;
    }

    private IEnumerable<string> Passphrases(string path)
    {
        foreach (var file in PassphraseFiles)
        {
            yield return Encoding.UTF8.GetString(InputFile.Read(file).Span).Split('\n')[0].TrimEnd('\r');
        }

        if (Passphrase?.Invoke(path) is { } given)
        {
            yield return given;
        }
        else if (PassphraseFiles.IsEmpty && PassphrasePrompt.Ask(path) is { } asked)
        {
            yield return asked;
        }
    }
}
