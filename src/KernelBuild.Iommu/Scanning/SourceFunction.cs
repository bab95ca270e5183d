using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace KernelBuild.Iommu.Scanning;

/// <summary>A function that a C source defines.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Returns">What stands before the name: "static struct iommu_group *".</param>
/// <param name="Parameters">The names of its parameters, in order; empty for one that has none.</param>
/// <param name="ParameterText">The parameters as they stand there.</param>
/// <param name="NameAt">Offset of the name.</param>
/// <param name="End">Offset behind the closing brace.</param>
/// <param name="Body">From the opening brace to the closing one.</param>
internal sealed record SourceFunction(
    string Name, string Returns, ImmutableArray<string> Parameters, string ParameterText, int NameAt, int End, string Body)
{
    /// <summary>Whether the body uses one of these names as a word.</summary>
    public bool Uses(string name) => Regex.IsMatch(Body, $@"\b{Regex.Escape(name)}\b");
}
