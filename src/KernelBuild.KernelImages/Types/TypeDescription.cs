using System.Collections.Immutable;

namespace KernelBuild.KernelImages.Types;

/// <summary>A type of a kernel, for people.</summary>
/// <param name="Kind">struct, union, enum, typedef, base, or function.</param>
/// <param name="Name">Empty for none.</param>
/// <param name="Size">Bytes; null for what has no size.</param>
/// <param name="Text">As C declares it, with the place of each member behind it.</param>
/// <param name="Members">Of a structure or union.</param>
/// <param name="Values">Of an enumeration.</param>
public sealed record TypeDescription(
    string Kind, string Name, long? Size, string Text, ImmutableArray<MemberDescription> Members, ImmutableArray<(string Name, Int128 Value)> Values);

/// <summary>A member of a structure or union.</summary>
/// <param name="Name">Empty for an anonymous structure or union.</param>
/// <param name="Type">As C writes it, without the name.</param>
/// <param name="BitOffset">Bits from the start.</param>
/// <param name="Size">Bytes of its type; null where it has none.</param>
/// <param name="BitWidth">Of a bit field; else null.</param>
public sealed record MemberDescription(string Name, string Type, long BitOffset, long? Size, int? BitWidth);
