namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>What one place of a function leads to.</summary>
/// <param name="Reference">The call, the jump, the call through a pointer, or the place that takes a function's address.</param>
/// <param name="Slot">Of a call through a member of a structure: its BTF type and the offset in it, in bytes; else null.</param>
/// <param name="Hash">Of a call through a pointer: what kCFI has it compare with the hash of the function; null without kCFI.</param>
internal sealed record Callee(Reference Reference, (int Type, ulong Offset)? Slot = null, uint? Hash = null);
