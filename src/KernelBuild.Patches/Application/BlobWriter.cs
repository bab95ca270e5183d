using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Patches.Application;

/// <summary>
/// Hashes and deflates file contents beside the work that makes them, and writes those that the repository lacks: loose where
/// they are few, as git does, in one pack where they are many. Nothing is visible before <see cref="FinishAsync"/>.
/// </summary>
internal sealed class BlobWriter : IAsyncDisposable
{
    /// <summary>git's fastimport.unpackLimit: from here on a pack is better than single files.</summary>
    public const int PackFrom = 100;

    /// <summary>Contents that are asked about together: the answer of git is waited for once for all.</summary>
    private const int Batch = 24;

    private readonly string _objects;
    private readonly ObjectReader _known;
    private readonly PackFile? _pack;
    private readonly BlockingCollection<Pending> _queue = new(2 * Batch);
    private readonly Task[] _workers;
    private readonly ConcurrentDictionary<string, byte[]> _loose = new(StringComparer.Ordinal);

    /// <param name="objects">The folder objects/ of the repository.</param>
    /// <param name="expected">About how many will come.</param>
    /// <param name="known">Says what the repository holds already.</param>
    public BlobWriter(string objects, int expected, ObjectReader known)
    {
        _objects = objects;
        _known = known;
        _pack = expected >= PackFrom ? PackFile.Create(Directory.CreateDirectory(Path.Combine(objects, "pack")).FullName, []) : null;
        _workers = new Task[Environment.ProcessorCount];
        for (var worker = 0; worker < _workers.Length; worker++)
        {
            _workers[worker] = Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    /// <summary>Takes a content; its name comes when it is hashed. Waits while too many are in work.</summary>
    public Task<GitObjectId> Add(byte[] content)
    {
        var pending = new Pending(content, new TaskCompletionSource<GitObjectId>(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            _queue.Add(pending);
        }
        catch (InvalidOperationException)
        {
            ThrowFailure();
        }

        return pending.Name.Task;
    }

    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        _queue.CompleteAdding();
        await Task.WhenAll(_workers);
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
        _queue.CompleteAdding();
        await Task.WhenAll(_workers).ContinueWith(static _ => { }, TaskScheduler.Default);
        if (_pack is not null)
        {
            await _pack.DisposeAsync();
        }

        _queue.Dispose();
    }

    /// <summary>A worker has failed, as with a full disk: what it failed of is what the caller is to hear.</summary>
    private void ThrowFailure() => Task.WhenAll(_workers).GetAwaiter().GetResult();

    private void Work()
    {
        try
        {
            StoreAll();
        }
        catch
        {
            // whoever waits for room in the queue would wait for ever
            _queue.CompleteAdding();
            throw;
        }
    }

    private void StoreAll()
    {
        var batch = new List<(Pending Pending, GitObjectId Id, Task<byte[]?> Known)>(Batch);
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            var pending = first;
            do
            {
                var id = PackFile.NameOf(PackFile.ObjectType.Blob, pending.Content);
                pending.Name.SetResult(id);
                batch.Add((pending, id, _known.ReadAsync(id.ToString())));
            }
            while (batch.Count < Batch && _queue.TryTake(out pending));

            foreach (var (waiting, id, known) in batch)
            {
                if (known.GetAwaiter().GetResult() is null)
                {
                    Store(id, waiting.Content);
                }
            }

            batch.Clear();
        }
    }

    private void Store(GitObjectId id, byte[] content)
    {
        if (_pack is not null)
        {
            _pack.Add(PackFile.ObjectType.Blob, content);
        }
        else
        {
            _loose[id.ToString()] = Deflate(content);
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

    private void WriteLoose(string id, byte[] bytes)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_objects, id[..2])).FullName;
        var path = Path.Combine(folder, id[2..]);
        if (File.Exists(path))
        {
            return;
        }

        var temporary = Path.Combine(folder, $"tmp_obj_{Guid.NewGuid():n}");
        File.WriteAllBytes(temporary, bytes);
        File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.Move(temporary, path, overwrite: true);
    }

    private sealed record Pending(byte[] Content, TaskCompletionSource<GitObjectId> Name);
}
