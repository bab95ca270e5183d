namespace KernelBuild.Compression.Codecs;

/// <summary>A growing array with a limit, for output whose length is known only at its end.</summary>
internal sealed class OutputBuffer(long maximumLength, long expectedLength)
{
    private const int SmallestCapacity = 64 * 1024;
    private const int Step = 64 * 1024;

    // One byte more than expected, so that the end of the stream is seen without growing.
    private byte[] _bytes = new byte[
        (int)Math.Clamp(expectedLength + 1, SmallestCapacity, Math.Max(SmallestCapacity, Limit(maximumLength)))];

    public int Length { get; private set; }

    public long MaximumLength => maximumLength;

    public bool IsOverLimit => Length > maximumLength;

    public ReadOnlyMemory<byte> Content => _bytes.AsMemory(0, Length);

    /// <summary>All free room there is.</summary>
    public Memory<byte> Free => _bytes.AsMemory(Length);

    /// <summary>Free room, at least one byte of it; ends one byte beyond the limit, so that a stream beyond it is seen.</summary>
    public Span<byte> Room(int atLeast = 1)
    {
        if (_bytes.Length - Length < atLeast)
        {
            var capacity = Math.Max(Length + (long)atLeast, Math.Min(_bytes.Length * 2L, Limit(maximumLength)));
            Array.Resize(ref _bytes, (int)Math.Min(capacity, Array.MaxLength));
        }

        return _bytes.AsSpan(Length);
    }

    /// <summary>All that a decoder gives, or so much that it is over the limit.</summary>
    public void Fill(Stream decoder)
    {
        while (!IsOverLimit)
        {
            // The overload with the array: streams that do not have the one with the span would copy.
            var room = Room(Step).Length;
            var count = decoder.Read(_bytes, Length, room);
            if (count == 0)
            {
                return;
            }

            Advance(count);
        }
    }

    /// <summary>The content from an offset on, to be changed in place.</summary>
    public Span<byte> From(int offset) => _bytes.AsSpan(offset..Length);

    /// <summary>Everything so far and free room behind it, for decoders that copy from what they made.</summary>
    public Span<byte> WithHistory(int history, int atLeast)
    {
        Room(atLeast);
        return _bytes.AsSpan(Length - history);
    }

    public void Advance(int count) => Length += count;

    private static long Limit(long maximumLength) => Math.Min(maximumLength, Array.MaxLength - 1L) + 1;
}
