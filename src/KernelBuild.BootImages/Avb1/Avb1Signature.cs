using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;

namespace KernelBuild.BootImages.Avb1;

/// <summary>
/// The signature that the verified boot of Android 5 to 7 has behind the last section of an image: a DER sequence of format version,
/// X.509 certificate, algorithm, authenticated attributes (target and length) and signature. What is signed are the bytes of the image
/// from its first on, as many as the length says, and behind them the attributes in DER.
/// Source: https://source.android.com/docs/security/features/verifiedboot/verified-boot, "Signature format".
/// </summary>
public sealed record Avb1Signature
{
    /// <summary>The whole sequence.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>1 in all that is known.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>An X.509 certificate in DER.</summary>
    public required ReadOnlyMemory<byte> Certificate { get; init; }

    /// <summary>How it is signed.</summary>
    public required Avb1Algorithm Algorithm { get; init; }

    /// <summary>The algorithm's identifier in DER, with or without its parameters, which tools write in both ways.</summary>
    public required ReadOnlyMemory<byte> AlgorithmBytes { get; init; }

    /// <summary>The authenticated attributes in DER, which are signed too.</summary>
    public required ReadOnlyMemory<byte> Attributes { get; init; }

    /// <summary>The partition, with a slash in front: "/boot", "/recovery".</summary>
    public required string Target { get; init; }

    /// <summary>Bytes of the image that are signed.</summary>
    public required long SignedLength { get; init; }

    /// <summary>PKCS #1 v1.5 for RSA, a DER sequence of two integers for ECDSA.</summary>
    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>Reads the signature that starts a memory.</summary>
    /// <param name="bytes">The signature, and whatever follows.</param>
    /// <param name="signature">Null when the result is false.</param>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Avb1Signature? signature)
    {
        try
        {
            signature = Read(bytes);
            return true;
        }
        catch (AsnContentException)
        {
            signature = null;
            return false;
        }
    }

    /// <summary>
    /// Bytes of what starts like such a signature, so that one which is damaged is recognised too; 0 when nothing does.
    /// </summary>
    internal static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        var constructed = Asn1Tag.Sequence.AsConstructed();
        return AsnDecoder.TryReadEncodedValue(bytes, AsnEncodingRules.DER, out var tag, out var start, out var length, out var all)
            && tag == constructed && bytes.Slice(start, length) is [0x02, 0x01, _, 0x30, >= 0x80, ..]
            ? all
            : 0;
    }

    private static Avb1Signature Read(ReadOnlyMemory<byte> bytes)
    {
        const AsnEncodingRules rules = AsnEncodingRules.DER;
        _ = AsnDecoder.ReadEncodedValue(bytes.Span, rules, out _, out _, out var length);
        var sequence = new AsnReader(bytes[..length], rules).ReadSequence();
        if (!sequence.TryReadInt32(out var version))
        {
            throw new AsnContentException();
        }

        var certificate = sequence.ReadEncodedValue();
        var algorithm = sequence.PeekEncodedValue();
        var identifier = sequence.ReadSequence().ReadObjectIdentifier();
        var attributes = sequence.PeekEncodedValue();
        var fields = sequence.ReadSequence();
        var target = ReadText(fields);
        if (!fields.TryReadInt64(out var signed) || signed < 0)
        {
            throw new AsnContentException();
        }

        var signature = sequence.ReadOctetString();
        sequence.ThrowIfNotEmpty();
        return new Avb1Signature
        {
            Bytes = bytes[..length],
            FormatVersion = version,
            Certificate = certificate,
            Algorithm = Avb1Algorithm.Of(identifier),
            AlgorithmBytes = algorithm,
            Attributes = attributes,
            Target = target,
            SignedLength = signed,
            Signature = signature,
        };
    }

    /// <summary>AOSP's tool writes a PrintableString; the specification asks for any character string.</summary>
    private static string ReadText(AsnReader reader)
    {
        var tag = reader.PeekTag();
        var type = (UniversalTagNumber)tag.TagValue;
        return tag.TagClass == TagClass.Universal && type is
            UniversalTagNumber.UTF8String or UniversalTagNumber.NumericString or UniversalTagNumber.PrintableString
            or UniversalTagNumber.TeletexString or UniversalTagNumber.IA5String or UniversalTagNumber.VisibleString
            or UniversalTagNumber.BMPString
            ? reader.ReadCharacterString(type)
            : throw new AsnContentException();
    }
}
