using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Refresh;

/// <summary>How a hunk is rewritten.</summary>
/// <param name="OldStart">First line in the file before the patch, counted from 1; 0 when it has none.</param>
/// <param name="NewStart">First line in the file after the patch.</param>
/// <param name="Context">Lines of the patch file whose context differs from the source, with the source's bytes.</param>
internal sealed record HunkEdit(Hunk Hunk, int OldStart, int NewStart, IReadOnlyList<(int Number, byte[] Bytes)> Context);
