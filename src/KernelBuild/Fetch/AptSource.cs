using System.Collections.Immutable;

namespace KernelBuild.Fetch;

/// <summary>One entry of apt's sources for binary packages, as far as another suite of the same archive needs it.</summary>
/// <param name="Uri">Where dists/ is.</param>
/// <param name="Suites">As the entry names them.</param>
/// <param name="Components">main and the like.</param>
/// <param name="SignedBy">Keys as the entry names them: files, fingerprints, or a key itself with line breaks; empty for all that apt
/// trusts.</param>
/// <param name="ChecksValidUntil">False where the entry switches the check of Valid-Until off, as for an archived suite.</param>
internal sealed record AptSource(
    string Uri, ImmutableArray<string> Suites, ImmutableArray<string> Components, string SignedBy, bool ChecksValidUntil)
{
    /// <summary>Whether the entry is of an archive of security updates, which has suites of its own.</summary>
    public bool IsSecurity => Suites.Any(IsSecuritySuite);

    public static bool IsSecuritySuite(string suite) =>
        suite.EndsWith("-security", StringComparison.Ordinal) || suite.EndsWith("/updates", StringComparison.Ordinal);
}
