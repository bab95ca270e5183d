using KernelBuild.Host.Native;

namespace KernelBuild.Host.Files;

/// <summary>A partition as a device gives it: /dev/block/by-name/boot.</summary>
public static class BlockDevice
{
    private const ushort TypeMask = 0xf000;
    private const ushort Block = 0x6000;

    /// <summary>Whether a path names a block device, symbolic links followed.</summary>
    public static bool Is(string path) => OperatingSystem.IsLinux()
        && Libc.Statx(Libc.AtFdCwd, path, 0, Libc.StatxBasicStats, out var status) == 0 && (status.Mode & TypeMask) == Block;

    /// <summary>Its content; false when it is none.</summary>
    /// <exception cref="IOException">It cannot be read, or has more than 2 GiB.</exception>
    internal static bool TryRead(string path, out ReadOnlyMemory<byte> content)
    {
        content = default;
        if (!Is(path))
        {
            return false;
        }

        // a device has no length until somebody has gone to its end
        using var handle = File.OpenHandle(path);
        var length = Libc.Seek(handle, 0, Libc.SeekEnd);
        if (length is < 0 or > 0x7fff_ffc7)
        {
            throw new IOException($"a device of {length} bytes");
        }

        var bytes = new byte[length];
        for (var done = 0; done < bytes.Length;)
        {
            var count = RandomAccess.Read(handle, bytes.AsSpan(done), done);
            done += count > 0 ? count : throw new EndOfStreamException();
        }

        content = bytes;
        return true;
    }
}
