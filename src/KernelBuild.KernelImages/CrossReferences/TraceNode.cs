using System.Collections.Immutable;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>A function or a table on the way of a trace.</summary>
/// <param name="Name">Of the function or the table.</param>
/// <param name="Reference">How it refers to the node above it, or is referred to from there; null at the root.</param>
/// <param name="Next">What comes after it.</param>
/// <param name="Note">Why nothing comes after it: "probe of a driver", "seen above", "nothing refers to it", "deeper"; else empty.</param>
public sealed record TraceNode(string Name, Reference? Reference, ImmutableArray<TraceNode> Next, string Note);
