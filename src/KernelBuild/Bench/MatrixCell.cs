using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using KernelBuild.Patches.Reports;

namespace KernelBuild.Bench;

/// <summary>A series, or a prefix of it, on the source of a device.</summary>
public sealed record MatrixCell
{
    public required string Series { get; init; }

    /// <summary>Patches of the series that are in the cell; 0 for all of them.</summary>
    public required int Length { get; init; }

    public required string Device { get; init; }

    /// <summary>The commit of the device's source; empty when it cannot be had.</summary>
    public required string Source { get; init; }

    /// <summary>"applied", "built" or "booted"; "failed", "build-failed", "boot-failed" or "no-source".</summary>
    public required string Verdict { get; init; }

    /// <summary>The patched commit and its tree; null when the series does not apply.</summary>
    public string? Commit { get; init; }

    public string? Tree { get; init; }

    public required IReadOnlyList<PatchCell> Patches { get; init; }

    /// <summary>Why there is no source; those of patches are in <see cref="Patches"/>.</summary>
    public IReadOnlyList<Diagnostic> Findings { get; init; } = [];

    /// <summary>What the build or the boot complained of.</summary>
    public IReadOnlyList<string> Log { get; init; } = [];

    /// <summary>Taken from an earlier run, as nothing that it depends on has changed.</summary>
    public bool Unchanged { get; init; }

    public double Seconds { get; init; }

    /// <summary>The verdict of a cell whose source cannot be had.</summary>
    internal const string NoSource = "no-source";

    public bool Succeeded => Verdict is "applied" or "built" or "booted";

    public string Name => Length == 0 ? $"{Series} on {Device}" : $"{Series}[1..{Length}] on {Device}";

    /// <summary>The patches of the cell as a CI system's tests, and a test of its own for the build or the boot.</summary>
    internal JUnitSuite ToSuite()
    {
        var cases = Patches.Select(patch => PatchCases.Of(patch.Name, patch.Verdict, patch.Findings)).ToList();
        if (Verdict is not ("applied" or "failed"))
        {
            cases.Add(new JUnitCase(Verdict == NoSource ? "source" : "build", Verdict, Succeeded ? null : string.Join('\n', Findings.Select(finding => finding.ToString()).Concat(Log).DefaultIfEmpty(Verdict)), Skipped: false));
        }

        return new JUnitSuite(Name, cases);
    }
}

/// <param name="Verdict">As reports word it.</param>
/// <param name="Findings">Errors and warnings.</param>
public sealed record PatchCell(string Name, string Subject, string Verdict, IReadOnlyList<Diagnostic> Findings);
