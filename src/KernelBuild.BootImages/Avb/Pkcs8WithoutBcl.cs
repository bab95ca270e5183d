using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Misc;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// Encrypted PKCS #8 keys in forms that the BCL does not open: passphrases through scrypt, and ciphers such as Camellia.
/// Source: RFC 8018 (PBES2), RFC 7914 (scrypt).
/// </summary>
internal static class Pkcs8WithoutBcl
{
    /// <summary>Bytes of memory that a key may ask for; openssl's keys ask for 16 MiB.</summary>
    private const long MostMemory = 1L << 30;

    /// <param name="text">PEM.</param>
    /// <param name="passphrase">What it was encrypted with.</param>
    /// <param name="der">
    /// PKCS #8, not encrypted; null when the result is false: another passphrase, a damaged key, or a form that is not known here either.
    /// </param>
    public static bool TryOpen(string text, string passphrase, [NotNullWhen(true)] out byte[]? der)
    {
        der = null;
        try
        {
            var info = EncryptedPrivateKeyInfo.GetInstance(Convert.FromBase64String(text[PemEncoding.Find(text).Base64Data]));
            der = info.EncryptionAlgorithm.Algorithm.Equals(PkcsObjectIdentifiers.IdPbeS2)
                && PbeS2Parameters.GetInstance(info.EncryptionAlgorithm.Parameters) is var parameters
                && parameters.KeyDerivationFunc.Algorithm.Equals(MiscObjectIdentifiers.id_scrypt)
                    ? OpenScrypt(info, parameters, passphrase)
                    : PrivateKeyInfoFactory.CreatePrivateKeyInfo(PrivateKeyFactory.DecryptKey(passphrase.ToCharArray(), info)).GetDerEncoded();

            // one wrong passphrase in 256 gives a padding that looks right
            PrivateKeyInfo.GetInstance(der);
        }
        catch (Exception exception) when (exception is CryptoException or GeneralSecurityException or SecurityUtilityException
            or ArgumentException or FormatException or InvalidCastException or IOException or Asn1ParsingException or ArithmeticException)
        {
            der = null;
        }

        return der is not null;
    }

    private static byte[]? OpenScrypt(EncryptedPrivateKeyInfo info, PbeS2Parameters parameters, string passphrase)
    {
        var scrypt = ScryptParams.GetInstance(parameters.KeyDerivationFunc.Parameters);
        var (cost, block, parallel) = (
            scrypt.CostParameter.IntValueExact, scrypt.BlockSize.IntValueExact, scrypt.ParallelizationParameter.IntValueExact);
        if (128L * cost * block > MostMemory || 128L * block * parallel > MostMemory || parameters.EncryptionScheme.Parameters is not { } vector)
        {
            return null;
        }

        var scheme = parameters.EncryptionScheme;
        var cipher = CipherUtilities.GetCipher(scheme.Algorithm);
        var length = scrypt.KeyLength?.IntValueExact ?? (GeneratorUtilities.GetKeyGenerator(scheme.Algorithm).DefaultStrength / 8);
        var key = SCrypt.Generate(System.Text.Encoding.UTF8.GetBytes(passphrase), scrypt.Salt.GetOctets(), cost, block, parallel, length);
        cipher.Init(false, ParameterUtilities.GetCipherParameters(
            scheme.Algorithm, ParameterUtilities.CreateKeyParameter(scheme.Algorithm, key), vector.ToAsn1Object()));
        return cipher.DoFinal(info.GetEncryptedData());
    }
}
