using KernelBuild.Diagnostics;

namespace KernelBuild.Store;

/// <summary>What a verification found and took out.</summary>
/// <param name="Errors">git's own words.</param>
/// <param name="Commits">Commits of which something is missing: the next build that wants one brings it again.</param>
/// <param name="Downloads">Digests that downloads were named by and did not have.</param>
public sealed record StoreDamage(IReadOnlyList<string> Errors, IReadOnlyList<StoredCommit> Commits, IReadOnlyList<string> Downloads)
{
    /// <summary>The finding, KB1013, that says it.</summary>
    public Diagnostic ToDiagnostic(string store) => Diagnostic.Error(
        DiagnosticCodes.StoreDamaged,
        $"{store} was damaged: {Counted.Of(Commits.Count, "commit")} and {Counted.Of(Downloads.Count, "download")} were taken out",
        "nothing else is to be done: the next build brings again what it wants of them; when it happens again, look at the disk and the memory") with
    { Details = [.. Errors, .. Downloads.Select(digest => "downloads/sha256/" + digest)] };

    public bool IsWhole => Errors.Count == 0 && Commits.Count == 0 && Downloads.Count == 0;
}
