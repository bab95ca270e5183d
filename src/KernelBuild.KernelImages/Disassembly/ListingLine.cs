namespace KernelBuild.KernelImages.Disassembly;

/// <summary>An instruction of a listing.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Word">The instruction.</param>
/// <param name="Text">Mnemonic and operands; ".inst 0x…" for forms that are not decoded.</param>
/// <param name="Note">The name of a branch's target, or the symbol or string at the address that it forms; empty otherwise.</param>
public sealed record ListingLine(ulong Address, uint Word, string Text, string Note);
