using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch.Signatures;

/// <summary>
/// Who vouches for a source whose item names SigningKey. A verdict is kept in the cache and belongs to what was signed, to the
/// keys and to the address of the signature: with other keys it is found anew.
/// </summary>
internal static class SourceSignature
{
    /// <summary>Sees to it that a source is signed by one of its keys; does nothing for a source without.</summary>
    /// <param name="commit">Of a git: source; an archive is known by its digest, before anything is unpacked.</param>
    /// <exception cref="DiagnosticException">KB1027 for a signature that does not hold, KB1028 for the keys, KB1019 with --offline.</exception>
    public static async Task RequireAsync(SourcePiece piece, GitObjectId? commit, FetchContext context, CancellationToken cancellationToken)
    {
        if (piece.SigningKeys.Count == 0)
        {
            return;
        }

        var note = NoteOf(piece, commit, context.Cache);
        if (SignatureVerdict.Load(note) is not null)
        {
            File.SetLastWriteTimeUtc(note, DateTime.UtcNow);
            return;
        }

        context.Log.Status($"checking the signature of {piece.Spec.Text}");
        using var keys = await SigningKeys.LoadAsync(piece.SigningKeys, cancellationToken);
        var check = piece.Spec switch
        {
            GitSpec git => await new GitSignature(git, context, keys).CheckAsync(commit!.Value, cancellationToken),
            ArchiveSpec archive => await new ArchiveSignature(archive, piece.Signature!, context, keys).CheckAsync(cancellationToken),
            _ => throw new InvalidOperationException($"no way to check {piece.Spec}"),
        };
        var verdict = check.Verdict ?? throw Refused(piece, check);
        context.Log.Status($"signed by {verdict}");
        verdict.Save(note);
    }

    /// <summary>The verdict that was kept; null when none was, or the item names no key.</summary>
    public static SignatureVerdict? Known(SourcePiece piece, GitObjectId? commit, CacheFolder cache) =>
        piece.SigningKeys.Count == 0 ? null : SignatureVerdict.Load(NoteOf(piece, commit, cache));

    private static string NoteOf(SourcePiece piece, GitObjectId? commit, CacheFolder cache)
    {
        var what = piece.Spec is ArchiveSpec archive ? archive.Digest.ToString() : commit.ToString();
        var of = string.Join('\n', piece.Spec.Text, what, piece.Signature?.Display, SigningKeys.DigestOf(piece.SigningKeys));
        return Path.Combine(cache.Signatures, Sha256Digest.Of(of) + ".json");
    }

    private static DiagnosticException Refused(SourcePiece piece, SignatureCheck check) => new(Diagnostic.Error(
        DiagnosticCodes.SignatureRefused,
        $"the signature of '{piece.Spec.Text}' does not hold: {check.Reason}",
        piece.Spec is GitSpec
            ? "name a signed tag, and in SigningKey the public key of the person who signs; where nobody signs, leave SigningKey out"
            : "name in Signature the file that is signed for this archive, and in SigningKey the public key of the person who signs") with
    { Details = [.. check.Lines] });
}
