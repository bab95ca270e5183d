namespace KernelBuild.KernelImages.Code;

/// <summary>Gets one instruction.</summary>
/// <param name="address">Where it is.</param>
/// <param name="word">The instruction.</param>
/// <param name="registers">What is known of x0 to x30 before it; valid during the call only.</param>
internal delegate void FlowVisitor(ulong address, uint word, ReadOnlySpan<Value> registers);
