using System.Globalization;

namespace KernelBuild.Iommu.Scanning;

/// <summary>A place in a source tree.</summary>
/// <param name="File">Relative to the tree, with slashes.</param>
/// <param name="Line">From 1.</param>
public readonly record struct SourcePlace(string File, int Line)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}");
}
