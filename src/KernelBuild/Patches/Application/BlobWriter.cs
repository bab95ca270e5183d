using System.IO.Compression;
using System.Text;
using KernelBuild.Store;

namespace KernelBuild.Patches.Application;

/// <summary>
/// Hashes and deflates file contents beside the work that makes them, and writes those that the repository lacks: loose where
/// they are few, as git does, in one pack where they are many. Nothing is visible before <see cref="FinishAsync"/>.
/// </summary>
internal sealed class BlobWriter : IAsyncDisposable
{
    /// <summary>git's fastimport.unpackLimit: from here on a pack is better than single files.</summary>
    public const int PackFrom = 100;

    private readonly string _objects;
    private readonly Func<GitObjectId, Task<bool>> _isKnown;
    private readonly PackFile? _pack;
    private readonly SemaphoreSlim _room = new(Environment.ProcessorCount * 4);
    private readonly List<Task> _work = [];
    private readonly Dictionary<GitObjectId, byte[]> _loose = [];

    /// <param name="objects">The folder objects/ of the repository.</param>
    /// <param name="expected">About how many will come.</param>
    /// <param name="isKnown">Whether the repository holds an object already.</param>
    public BlobWriter(string objects, int expected, Func<GitObjectId, Task<bool>> isKnown)
    {
        _objects = objects;
        _isKnown = isKnown;
        _pack = expected >= PackFrom ? PackFile.Create(Directory.CreateDirectory(Path.Combine(objects, "pack")).FullName, []) : null;
    }

    /// <summary>Takes a content; its name comes when it is hashed. Waits while too many are in work.</summary>
    public async Task<Task<GitObjectId>> AddAsync(byte[] content, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken);
        var name = new TaskCompletionSource<GitObjectId>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(Task.Run(() => StoreAsync(content, name), CancellationToken.None));
        return name.Task;
    }

    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_work);
        foreach (var (id, bytes) in _loose)
        {
            WriteLoose(id, bytes);
        }

        if (_pack is not null)
        {
            await _pack.FinishAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_work).ContinueWith(static _ => { }, TaskScheduler.Default);
        if (_pack is not null)
        {
            await _pack.DisposeAsync();
        }

        _room.Dispose();
    }

    private async Task StoreAsync(byte[] content, TaskCompletionSource<GitObjectId> name)
    {
        try
        {
            var id = PackFile.NameOf(PackFile.ObjectType.Blob, content);
            name.SetResult(id);
            if (await _isKnown(id))
            {
                return;
            }

            if (_pack is not null)
            {
                _pack.Add(PackFile.ObjectType.Blob, content);
                return;
            }

            var deflated = Deflate(content);
            lock (_loose)
            {
                _loose[id] = deflated;
            }
        }
        catch (Exception e)
        {
            name.TrySetException(e);
            throw;
        }
        finally
        {
            _room.Release();
        }
    }

    private static byte[] Deflate(byte[] content)
    {
        using var buffer = new MemoryStream();
        using (var deflate = new ZLibStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(Encoding.ASCII.GetBytes($"blob {content.Length}\0"));
            deflate.Write(content);
        }

        return buffer.ToArray();
    }

    private void WriteLoose(GitObjectId id, byte[] bytes)
    {
        var hex = id.ToString();
        var folder = Directory.CreateDirectory(Path.Combine(_objects, hex[..2])).FullName;
        var path = Path.Combine(folder, hex[2..]);
        if (File.Exists(path))
        {
            return;
        }

        var temporary = Path.Combine(folder, $"tmp_obj_{Guid.NewGuid():n}");
        File.WriteAllBytes(temporary, bytes);
        File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.Move(temporary, path, overwrite: true);
    }
}
