using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.DeviceTrees.Phandles;

/// <summary>An element of a list of references: a node and the cells that its provider's #…-cells asks for.</summary>
/// <param name="Target">Null for an element that is a deliberate hole (phandle 0).</param>
/// <param name="Cells">The specifier, 32-bit numbers.</param>
public sealed record PhandleArgument(LocatedNode? Target, ImmutableArray<uint> Cells);
