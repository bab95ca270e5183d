using System.Collections.Immutable;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.Cli.Kernels;

/// <summary>The functions that a command line names: those that are there are answered, whatever the others are.</summary>
/// <param name="Symbols">In the order of the names.</param>
/// <param name="Missing">A finding for each name that means nothing.</param>
internal sealed record FoundFunctions(ImmutableArray<KernelSymbol> Symbols, ImmutableArray<Diagnostic> Missing)
{
    public IReadOnlyList<FindingInfo> Findings => [.. Missing.Select(FindingInfo.From)];

    /// <summary>Names what is missing; the exit code of the command.</summary>
    public int Finish(TextWriter errors)
    {
        CommandFrame.Warn(Missing, errors);
        return Missing.IsEmpty ? ExitCode.Done : ExitCode.Of(Missing);
    }
}
