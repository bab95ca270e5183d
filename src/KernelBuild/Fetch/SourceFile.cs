using System.Buffers;
using KernelBuild.Git.Objects;

namespace KernelBuild.Fetch;

/// <summary>A file or symbolic link of a tree that is being imported; hard links are one of these under several paths.</summary>
/// <param name="length">Of the content, which the buffer begins with.</param>
/// <param name="isPooled">Whether the buffer goes back to <see cref="ArrayPool{T}.Shared"/> when the file is in the pack.</param>
internal sealed class SourceFile(uint mode, byte[] buffer, int length, bool isPooled)
{
    private byte[]? _buffer = buffer;

    public uint Mode => mode;

    public int Length => length;

    /// <summary>Until it is in the pack; of a link, which is short, also afterwards: a hard link to it may follow.</summary>
    public ReadOnlyMemory<byte> Content => _buffer.AsMemory(0, _buffer is null ? 0 : length);

    /// <summary>Known once it is in the pack.</summary>
    public GitObjectId Id { get; private set; }

    public void Packed(GitObjectId id)
    {
        Id = id;
        if (mode != TreeEntry.Symlink && _buffer is { } buffer)
        {
            _buffer = null;
            if (isPooled)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
