using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// Private keys behind a passphrase: PKCS #8 ("ENCRYPTED PRIVATE KEY"), and openssl's older form, in which two lines of
/// text say how the key is encrypted ("Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,salt").
/// Source: RFC 5958, RFC 1421; openssl, EVP_BytesToKey(3).
/// </summary>
public static class EncryptedKey
{
    private const string LegacyMark = "Proc-Type: 4,ENCRYPTED";
    private const string LegacyHeader = "DEK-Info:";
    private const int SaltLength = 8;

    /// <summary>Whether a key file, which is in PEM form, is encrypted.</summary>
    public static bool IsEncrypted(ReadOnlySpan<byte> file) =>
        file.IndexOf("-----BEGIN ENCRYPTED PRIVATE KEY-----"u8) >= 0 || file.IndexOf("Proc-Type: 4,ENCRYPTED"u8) >= 0;

    /// <summary>Decrypts a key.</summary>
    /// <param name="file">RSA or ECDSA.</param>
    /// <param name="passphrase">What it was encrypted with.</param>
    /// <param name="pem">The key as unencrypted PEM text; null when the result is false.</param>
    /// <param name="error">KB5030: the passphrase is another one, or the cipher is not known.</param>
    public static bool TryOpen(
        ReadOnlySpan<byte> file, string passphrase, [NotNullWhen(true)] out string? pem, [NotNullWhen(false)] out Diagnostic? error)
    {
        var text = Encoding.Latin1.GetString(file);
        try
        {
            pem = text.Contains(LegacyMark, StringComparison.Ordinal) ? OpenLegacy(text, passphrase) : OpenPkcs8(text, passphrase);
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException or FormatException)
        {
            pem = null;
        }

        error = pem is null
            ? Diagnostic.Error(
                DiagnosticCodes.AvbKeyInvalid, "the key is encrypted, and not with the passphrase that is given, or in a way that is not known",
                "give its passphrase; openssl pkey -in key.pem -noout tells whether it is the right one, and openssl pkcs8 -topk8 -v2 aes256 "
                + "-in key.pem -out new.pem encrypts it in a way that is known")
            : null;
        return pem is not null;
    }

    private static string? OpenPkcs8(string text, string passphrase)
    {
        foreach (var create in (Func<AsymmetricAlgorithm>[])[RSA.Create, ECDsa.Create])
        {
            using var key = create();
            try
            {
                key.ImportFromEncryptedPem(text, passphrase);
                return key.ExportPkcs8PrivateKeyPem();
            }
            catch (CryptographicException)
            {
                // another passphrase, or a key of the other kind
            }
        }

        return Pkcs8WithoutBcl.TryOpen(text, passphrase, out var der) ? PemEncoding.WriteString("PRIVATE KEY", der) : null;
    }

    private static string? OpenLegacy(string text, string passphrase)
    {
        var at = text.IndexOf(LegacyHeader, StringComparison.Ordinal);
        var line = text[(at + LegacyHeader.Length)..].Split('\n')[0].Trim().Split(',');
        var body = text[(at + LegacyHeader.Length)..];
        body = body[(body.IndexOf('\n', StringComparison.Ordinal) + 1)..];
        var end = body.IndexOf("-----END", StringComparison.Ordinal);
        using var cipher = CipherOf(line[0]);
        if (at < 0 || line.Length != 2 || end < 0 || cipher is null)
        {
            return null;
        }

        var vector = Convert.FromHexString(line[1]);
        cipher.Key = KeyOf(passphrase, vector.AsSpan(0, SaltLength), cipher.KeySize / 8);
        var der = cipher.DecryptCbc(Convert.FromBase64String(body[..end]), vector);

        // one wrong passphrase in 256 gives a padding that looks right
        if (der is not [0x30, ..] || !AsnDecoder.TryReadEncodedValue(der, AsnEncodingRules.BER, out _, out _, out _, out var length) || length != der.Length)
        {
            return null;
        }

        var label = text[(text.IndexOf("-----BEGIN ", StringComparison.Ordinal) + 11)..].Split('-')[0];
        return PemEncoding.WriteString(label, der);
    }

    [SuppressMessage(
        "Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "the form that old keys are in; nothing is encrypted here")]
    private static SymmetricAlgorithm? CipherOf(string name)
    {
        switch (name)
        {
            case "DES-EDE3-CBC":
                return TripleDES.Create();
            case "AES-128-CBC" or "AES-192-CBC" or "AES-256-CBC":
                var aes = Aes.Create();
                aes.KeySize = int.Parse(name.AsSpan(4, 3), System.Globalization.CultureInfo.InvariantCulture);
                return aes;
            default:
                return null;
        }
    }

    /// <summary>MD5 over what it gave before, passphrase and salt, until there is enough of it.</summary>
    [SuppressMessage(
        "Security", "CA5351:Do Not Use Broken Cryptographic Algorithms", Justification = "the form that old keys are in; nothing is encrypted here")]
    private static byte[] KeyOf(string passphrase, ReadOnlySpan<byte> salt, int length)
    {
        var secret = Encoding.UTF8.GetBytes(passphrase);
        var key = new List<byte>();
        byte[] last = [];
        while (key.Count < length)
        {
            last = MD5.HashData([.. last, .. secret, .. salt]);
            key.AddRange(last);
        }

        return [.. key.Take(length)];
    }
}
