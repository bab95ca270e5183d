using System.Collections.Immutable;

namespace KernelBuild.Iommu.Scanning;

/// <summary>A node, or the part of one, as a DTS file writes it.</summary>
/// <param name="Path">From the root, or "&amp;label" and what is below it.</param>
/// <param name="Labels">Given to it here.</param>
/// <param name="Properties">Those that matter, in order; a value of null deletes.</param>
internal sealed record BoardSourceNode(
    string Path, ImmutableArray<string> Labels, SourcePlace Place, ImmutableArray<BoardSourceProperty> Properties);

/// <summary>A property of a node in a DTS file.</summary>
/// <param name="Value">The text between "=" and ";"; empty for one without; null when it is deleted.</param>
internal sealed record BoardSourceProperty(string Name, string? Value, SourcePlace Place);
