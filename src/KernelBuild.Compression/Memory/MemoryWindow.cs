using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace KernelBuild.Compression.Memory;

/// <summary>Goes through long memories a window at a time, and gives each window of a mapped file back when it is done with it.</summary>
public static class MemoryWindow
{
    private const int Length = 4 << 20;
    private const int BlockLength = 256 << 10; // stays in a core's second-level cache

    /// <summary>Appends all bytes to a hash.</summary>
    public static void Append(IncrementalHash hash, ReadOnlyMemory<byte> memory)
    {
        if (Find(memory, out var start, out var length) is not { } backed)
        {
            hash.AppendData(memory.Span);
            return;
        }

        var buffer = new byte[Math.Min(BlockLength, length)];
        for (var done = 0; done < length; done += buffer.Length)
        {
            var block = buffer.AsSpan(0, Math.Min(buffer.Length, length - done));
            backed.Read(start + done, block);
            hash.AppendData(block);
        }
    }

    /// <summary>Finds bytes.</summary>
    /// <returns>Where they start, or -1.</returns>
    public static int IndexOf(ReadOnlyMemory<byte> memory, ReadOnlySpan<byte> wanted)
    {
        if (Find(memory, out var start, out var length) is not { } backed)
        {
            return memory.Span.IndexOf(wanted);
        }

        var buffer = new byte[Math.Min(BlockLength, length)];
        for (var done = 0; length - done >= wanted.Length; done += buffer.Length - wanted.Length + 1)
        {
            // what lies across two blocks is whole in the second: it starts early enough
            var block = buffer.AsSpan(0, Math.Min(buffer.Length, length - done));
            backed.Read(start + done, block);
            if (block.IndexOf(wanted) is >= 0 and var at)
            {
                return done + at;
            }

            if (block.Length < buffer.Length)
            {
                break;
            }
        }

        return -1;
    }

    public static void Append(IncrementalHash hash, ReadOnlySequence<byte> sequence)
    {
        foreach (var memory in sequence)
        {
            Append(hash, memory);
        }
    }

    /// <summary>The SHA-256 of all bytes.</summary>
    public static byte[] Sha256(ReadOnlyMemory<byte> memory)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, memory);
        return hash.GetHashAndReset();
    }

    /// <summary>Writes all bytes.</summary>
    public static void CopyTo(ReadOnlySequence<byte> sequence, Stream stream)
    {
        foreach (var memory in sequence)
        {
            for (var rest = memory; !rest.IsEmpty;)
            {
                var window = Next(ref rest);
                stream.Write(window.Span);
                Release(window);
            }
        }
    }

    public static bool AreEqual(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        if (first.Length != second.Length)
        {
            return false;
        }

        // The same place need not be looked at: the sections that an edit keeps are slices of the old file.
        var equal = first.Equals(second);
        while (!equal && !first.IsEmpty)
        {
            var (a, b) = (Next(ref first), Next(ref second));
            var same = a.Span.SequenceEqual(b.Span);
            Release(a);
            Release(b);
            if (!same)
            {
                return false;
            }
        }

        return true;
    }

    public static bool AreEqual(ReadOnlySequence<byte> first, ReadOnlyMemory<byte> second)
    {
        if (first.Length != second.Length)
        {
            return false;
        }

        foreach (var memory in first)
        {
            if (!AreEqual(memory, second[..memory.Length]))
            {
                return false;
            }

            second = second[memory.Length..];
        }

        return true;
    }

    /// <summary>Says that a range is read next; nothing happens where no file stands behind it.</summary>
    public static void Prepare(ReadOnlyMemory<byte> memory)
    {
        if (Find(memory, out var start, out var length) is { } backed)
        {
            backed.Prepare(start, length);
        }
    }

    /// <summary>Gives a range back that was looked at; nothing happens where no file stands behind it.</summary>
    public static void Release(ReadOnlyMemory<byte> memory)
    {
        if (Find(memory, out var start, out var length) is { } backed)
        {
            backed.Release(start, length);
        }
    }

    [SuppressMessage(
        "Reliability", "CA2000:Dispose objects before losing scope", Justification = "the code that mapped the file owns the manager")]
    private static IBackedMemory? Find(ReadOnlyMemory<byte> memory, out int start, out int length) =>
        MemoryMarshal.TryGetMemoryManager<byte, MemoryManager<byte>>(memory, out var manager, out start, out length) && length > 0
            ? manager as IBackedMemory
            : null;

    private static ReadOnlyMemory<byte> Next(ref ReadOnlyMemory<byte> rest)
    {
        var window = rest[..Math.Min(Length, rest.Length)];
        rest = rest[window.Length..];
        Prepare(window);
        return window;
    }
}
