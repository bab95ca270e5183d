using KernelBuild.Diagnostics;

namespace KernelBuild.Host.Reporting;

/// <summary>What belongs together, as a CI system sees it: a series, a file, a build.</summary>
public sealed record JUnitSuite(string Name, IReadOnlyList<JUnitCase> Cases)
{
    /// <summary>When it began; null when that is not known.</summary>
    public DateTimeOffset? Began { get; init; }
}

/// <param name="Name">A patch, a target, a check.</param>
/// <param name="Type">Code of the first error.</param>
/// <param name="Failure">Null when all is well.</param>
/// <param name="Skipped">Not tried, because one before it failed.</param>
public sealed record JUnitCase(string Name, string Type, string? Failure, bool Skipped)
{
    /// <summary>How long it took; null when that is not known.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>A check that fails when one of its findings is an error.</summary>
    public static JUnitCase Of(string name, IEnumerable<Diagnostic> findings)
    {
        var errors = findings.Where(finding => finding.Severity == DiagnosticSeverity.Error).ToArray();
        return errors.Length == 0
            ? new JUnitCase(name, "", null, Skipped: false)
            : new JUnitCase(name, errors[0].Code, string.Join('\n', errors.Select(error => error.ToString())), Skipped: false);
    }
}
