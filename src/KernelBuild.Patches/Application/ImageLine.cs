namespace KernelBuild.Patches.Application;

/// <summary>
/// A line of a file being patched: a slice of one of the image's buffers, nothing copied. Without references, so that the
/// garbage collector passes over millions of them.
/// </summary>
/// <param name="Buffer">Number of the buffer in the image.</param>
/// <param name="Fresh">
/// Brought or matched by an earlier hunk of the same patch: no later hunk may match it (git apply: LINE_PATCHED).
/// </param>
internal readonly record struct ImageLine(int Buffer, int Start, int Length, bool Fresh);
