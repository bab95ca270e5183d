namespace KernelBuild.Patches.Application;

/// <summary>A line of a file being patched: a slice of the buffer that it came from, nothing copied.</summary>
/// <param name="Origin">Number of the patch in the series that brought it, or <see cref="FileImage.Base"/>.</param>
/// <param name="Fresh">Brought or matched by an earlier hunk of the same patch: no later hunk may match it (git apply: LINE_PATCHED).</param>
internal readonly record struct ImageLine(byte[] Buffer, int Start, int Length, int Origin, bool Fresh)
{
    public ReadOnlySpan<byte> Bytes => Buffer.AsSpan(Start, Length);
}
