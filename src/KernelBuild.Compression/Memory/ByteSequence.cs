using System.Buffers;

namespace KernelBuild.Compression.Memory;

/// <summary>
/// Puts memories one behind another without copying them: a new image is mostly slices of an old one and of the files given.
/// </summary>
public static class ByteSequence
{
    private static readonly byte[] Zero = new byte[64 << 10];

    public static ReadOnlySequence<byte> Of(IEnumerable<ReadOnlyMemory<byte>> memories)
    {
        Segment? first = null;
        Segment? last = null;
        foreach (var memory in memories)
        {
            if (!memory.IsEmpty)
            {
                last = new Segment(memory, last);
                first ??= last;
            }
        }

        return first is null ? default : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    /// <summary>A number of zero bytes.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Zeros(long count)
    {
        for (; count > 0; count -= Zero.Length)
        {
            yield return Zero.AsMemory(0, (int)Math.Min(count, Zero.Length));
        }
    }

    public static IEnumerable<ReadOnlyMemory<byte>> Pieces(this ReadOnlySequence<byte> sequence)
    {
        foreach (var memory in sequence)
        {
            yield return memory;
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
