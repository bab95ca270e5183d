namespace KernelBuild.BootImages.Vendors;

/// <summary>
/// The signature that Android's verified boot of 2014 to 2017 puts behind the last section: a DER sequence of version, certificate,
/// algorithm, attributes (target, length) and signature. It is recognised, not checked. Source:
/// https://source.android.com/docs/security/features/verifiedboot.
/// </summary>
internal static class Avb1Signature
{
    private const int ShortestSignature = 256;
    private const byte Sequence = 0x30;

    /// <summary>Bytes of the signature that starts here; 0 when none does.</summary>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        // SEQUENCE with a length in two bytes; in it, version INTEGER 1, then the certificate, a SEQUENCE again.
        if (bytes is not [Sequence, 0x82, var high, var low, 0x02, 0x01, _, Sequence, 0x82, ..])
        {
            return 0;
        }

        var length = 4 + (high << 8 | low);
        return length >= ShortestSignature && length <= bytes.Length ? length : 0;
    }
}
