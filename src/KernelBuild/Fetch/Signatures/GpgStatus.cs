namespace KernelBuild.Fetch.Signatures;

/// <summary>
/// The lines that gpg writes for programs ("[GNUPG:] …"), one group a signature.
/// Source: GnuPG's doc/DETAILS, "Format of the --status-fd output".
/// </summary>
internal static class GpgStatus
{
    private const string Mark = "[GNUPG:] ";

    /// <param name="what">What carries the signature, for the verdict.</param>
    /// <param name="lines">All that gpg printed; others are left out.</param>
    public static SignatureCheck Read(string what, IReadOnlyList<string> lines)
    {
        SignatureVerdict? good = null;
        string? bad = null;
        string? other = null;
        var signer = "";
        var isAccepted = false;
        var hasExpired = false;
        var ofProgram = lines.ToLookup(line => line.StartsWith(Mark, StringComparison.Ordinal));
        foreach (var words in ofProgram[true].Select(line => line[Mark.Length..].Split(' ')))
        {
            switch (words)
            {
                case ["NEWSIG", ..]:
                    isAccepted = false;
                    break;
                case ["GOODSIG" or "EXPKEYSIG", _, .. var name]:
                    (signer, isAccepted, hasExpired) = (string.Join(' ', name), true, words[0] == "EXPKEYSIG");
                    break;
                case ["VALIDSIG", var fingerprint, ..] when isAccepted:
                    // the last word is the primary key, where a subkey has signed
                    good ??= new SignatureVerdict(what, signer, words.Length > 10 ? words[10] : fingerprint, hasExpired);
                    break;
                case ["BADSIG", var id, .. var name]:
                    bad ??= $"the content is not what {string.Join(' ', name)} ({id}) has signed";
                    break;
                case ["EXPSIG", var id, .. var name]:
                    other ??= $"the signature of {string.Join(' ', name)} ({id}) has run out";
                    break;
                case ["REVKEYSIG", var id, .. var name]:
                    bad ??= $"it is signed by a key that {string.Join(' ', name)} has revoked ({id})";
                    break;
                case ["ERROR", ..]:
                    // a second signed text behind the first, whose signer is another one
                    bad ??= "gpg cannot read all of it";
                    break;
                case ["NO_PUBKEY", var id, ..]:
                    other ??= $"it is signed by the key {id}, which is none of those given";
                    break;
                default:
                    break;
            }
        }

        return bad is null && good is not null
            ? new SignatureCheck(good, "", lines)
            : new SignatureCheck(null, bad ?? other ?? "it carries no signature", [.. ofProgram[false]]);
    }
}
