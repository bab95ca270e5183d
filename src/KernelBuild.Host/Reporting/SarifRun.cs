using KernelBuild.Diagnostics;

namespace KernelBuild.Host.Reporting;

/// <summary>A run of a command or of the build, for <see cref="SarifReport"/>.</summary>
/// <param name="Findings">In their order.</param>
/// <param name="Root">Files below this folder are named relative to it.</param>
/// <param name="Subject">
/// The file that a finding without one is put at: what was checked or built. GitHub refuses the whole log for one result without a place.
/// </param>
public sealed record SarifRun(IReadOnlyCollection<Diagnostic> Findings, string Root, string Subject)
{
    /// <summary>Null when it is not known.</summary>
    public DateTimeOffset? Began { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>Where the pages of the codes are; null to name none.</summary>
    public CodePages? Pages { get; init; }

    /// <summary>Tells runs of one commit from each other, such as those for several devices; null for a single one.</summary>
    public string? Category { get; init; }

    internal IEnumerable<string> Codes =>
        Findings.Select(finding => finding.Code).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
}
