namespace KernelBuild.Patches.Diffs;

/// <summary>The forward part of a "GIT binary patch".</summary>
/// <param name="IsDelta">A delta against the old content rather than the new content itself.</param>
/// <param name="Content">Inflated: the new content, or the delta.</param>
/// <param name="Number">Line of "literal" or "delta" in the patch file, counted from 1.</param>
public sealed record BinaryHunk(bool IsDelta, ReadOnlyMemory<byte> Content, int Number);
