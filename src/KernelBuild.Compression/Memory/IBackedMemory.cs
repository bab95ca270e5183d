namespace KernelBuild.Compression.Memory;

/// <summary>
/// Memory that a file stands behind: the manager of a mapped file implements it, so that reading an image from end to end does not
/// keep all of it in memory. Pages that were given back are read from the file again when somebody looks at them.
/// </summary>
public interface IBackedMemory
{
    /// <summary>Says that a range is read next, so that its pages come in one go and not one by one.</summary>
    /// <param name="start">Bytes from the start of the memory.</param>
    /// <param name="length">Bytes.</param>
    void Prepare(int start, int length);

    /// <summary>Gives the pages of a range back to the system. The content of the memory does not change.</summary>
    /// <param name="start">Bytes from the start of the memory.</param>
    /// <param name="length">Bytes.</param>
    void Release(int start, int length);

    /// <summary>
    /// Reads a range through a buffer instead of the mapping. For bytes that are looked at once this is cheaper: a small buffer stays in
    /// the processor's cache, and no page has to enter the process and to leave it.
    /// </summary>
    /// <param name="start">Bytes from the start of the memory.</param>
    /// <param name="buffer">Filled to its end.</param>
    void Read(int start, Span<byte> buffer);
}
