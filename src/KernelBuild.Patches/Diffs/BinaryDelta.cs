using System.Diagnostics.CodeAnalysis;

namespace KernelBuild.Patches.Diffs;

/// <summary>Git's delta: the sizes of both contents, then copies out of the old one and bytes to insert (gitformat-pack).</summary>
internal static class BinaryDelta
{
    private const int DefaultCopyLength = 0x10000;

    /// <summary>The new content, or false when the delta does not belong to this old content or is damaged.</summary>
    public static bool TryApply(ReadOnlySpan<byte> delta, ReadOnlySpan<byte> old, [NotNullWhen(true)] out byte[]? content)
    {
        content = null;
        if (!TryReadSize(ref delta, out var oldSize) || oldSize != old.Length || !TryReadSize(ref delta, out var newSize)
            || newSize > Array.MaxLength)
        {
            return false;
        }

        using var result = new MemoryStream();
        while (!delta.IsEmpty)
        {
            var command = delta[0];
            delta = delta[1..];
            if ((command & 0x80) != 0)
            {
                if (!TryReadParts(ref delta, command, 4, out var offset) || !TryReadParts(ref delta, command >> 4, 3, out var length))
                {
                    return false;
                }

                length = length == 0 ? DefaultCopyLength : length;
                if (offset + length > old.Length || result.Length + length > newSize)
                {
                    return false;
                }

                result.Write(old.Slice((int)offset, (int)length));
            }
            else
            {
                if (command == 0 || command > delta.Length || result.Length + command > newSize)
                {
                    return false;
                }

                result.Write(delta[..command]);
                delta = delta[command..];
            }
        }

        if (result.Length != newSize)
        {
            return false;
        }

        content = result.ToArray();
        return true;
    }

    private static bool TryReadSize(ref ReadOnlySpan<byte> delta, out long size)
    {
        size = 0;
        for (var shift = 0; shift < 56 && !delta.IsEmpty; shift += 7)
        {
            var part = delta[0];
            delta = delta[1..];
            size |= (long)(part & 0x7f) << shift;
            if ((part & 0x80) == 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A little-endian number of which only the bytes flagged in the low bits are there.</summary>
    private static bool TryReadParts(ref ReadOnlySpan<byte> delta, int flags, int count, out long value)
    {
        value = 0;
        for (var part = 0; part < count; part++)
        {
            if ((flags & (1 << part)) == 0)
            {
                continue;
            }

            if (delta.IsEmpty)
            {
                return false;
            }

            value |= (long)delta[0] << (8 * part);
            delta = delta[1..];
        }

        return true;
    }
}
