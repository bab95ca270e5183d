using System.Collections.Immutable;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>A text in a kernel.</summary>
/// <param name="Address">Of its first letter.</param>
/// <param name="Text">The whole of it.</param>
/// <param name="References">Code that takes its address, and pointers in data.</param>
public sealed record FoundText(ulong Address, string Text, ImmutableArray<Reference> References);
