namespace KernelBuild.KernelImages.Types;

/// <summary>A member of a structure.</summary>
/// <param name="Name">Empty for anonymous unions and structures.</param>
/// <param name="Type">BTF type number.</param>
/// <param name="Offset">Bytes from the start of the structure.</param>
public sealed record StructMember(string Name, int Type, ulong Offset);
