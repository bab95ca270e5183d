using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootTest;

/// <param name="Page">File: the report.</param>
/// <param name="Capture">File: the machine.</param>
/// <param name="Tree">The PCI tree with its groups, for a terminal.</param>
/// <param name="Differences">Where Linux formed other groups than predicted: KB7009.</param>
/// <param name="Warnings">What must not be relied on: KB7019.</param>
public sealed record GroupReportResult(
    string Page, string Capture, ImmutableArray<string> Tree, ImmutableArray<Diagnostic> Differences, ImmutableArray<Diagnostic> Warnings);
