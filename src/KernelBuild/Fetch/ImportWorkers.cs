using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace KernelBuild.Fetch;

/// <summary>
/// Does the work on files while the next ones are read: on all processors, with a limit on what waits, in bytes and in files, so that
/// memory does not depend on the archive.
/// </summary>
internal sealed class ImportWorkers : IDisposable
{
    private const long MostBytes = 32L << 20;
    private const int MostFiles = 1024;

    /// <summary>Handed over at once: for each file alone, the threads would spend more time on waking each other.</summary>
    private const long BatchBytes = 256 << 10;
    private const int BatchFiles = 32;

    private readonly Queue<Batch> _waiting = new();
    private readonly Action<string, SourceFile> _work;
    private readonly CancellationToken _cancelled;
    private readonly CancellationTokenRegistration _onCancel;
    private readonly object _gate = new();
    private readonly Thread[] _threads;
    private ExceptionDispatchInfo? _failure;
    private Batch _next = new();
    private long _bytes;
    private int _files;
    private bool _closed;

    /// <param name="work">Called on several threads at once.</param>
    public ImportWorkers(Action<string, SourceFile> work, CancellationToken cancellationToken)
    {
        _work = work;
        _cancelled = cancellationToken;
        _onCancel = cancellationToken.Register(() =>
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        });
        _threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Run) { IsBackground = true })];
        Array.ForEach(_threads, thread => thread.Start());
    }

    /// <summary>Hands a file over, with those before it; waits while there is too much of it. Called on one thread.</summary>
    /// <exception cref="OperationCanceledException">Cancelled. What the work threw is thrown as it is.</exception>
    public void Add(string path, SourceFile file)
    {
        _next.Files.Add((path, file));
        _next.Bytes += file.Length;
        if (_next.Bytes >= BatchBytes || _next.Files.Count >= BatchFiles)
        {
            HandOver();
        }
    }

    /// <summary>Waits until everything that was handed over is done.</summary>
    /// <exception cref="OperationCanceledException">Cancelled. What the work threw is thrown as it is.</exception>
    public void Drain()
    {
        HandOver();
        lock (_gate)
        {
            WaitWhile(() => _files > 0);
        }
    }

    /// <summary>Drops what still waits, and waits for what is at work: afterwards nobody writes any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _waiting.Clear();
            Monitor.PulseAll(_gate);
        }

        Array.ForEach(_threads, thread => thread.Join());
        _onCancel.Dispose();
    }

    private void HandOver()
    {
        var batch = _next;
        if (batch.Files.Count == 0)
        {
            return;
        }

        _next = new Batch();
        lock (_gate)
        {
            WaitWhile(() => _files > 0 && (_bytes + batch.Bytes > MostBytes || _files >= MostFiles));
            _waiting.Enqueue(batch);
            _bytes += batch.Bytes;
            _files += batch.Files.Count;
            Monitor.PulseAll(_gate);
        }
    }

    private void WaitWhile(Func<bool> condition)
    {
        while (true)
        {
            _failure?.Throw();
            _cancelled.ThrowIfCancellationRequested();
            if (!condition())
            {
                return;
            }

            Monitor.Wait(_gate);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "thrown again where the archive is read: a thread has nobody to tell")]
    private void Run()
    {
        while (true)
        {
            Batch? next;
            lock (_gate)
            {
                while (_waiting.Count == 0 && !_closed)
                {
                    Monitor.Wait(_gate);
                }

                if (!_waiting.TryDequeue(out next))
                {
                    return;
                }
            }

            try
            {
                next.Files.ForEach(one => _work(one.Path, one.File));
            }
            catch (Exception e)
            {
                lock (_gate)
                {
                    _failure ??= ExceptionDispatchInfo.Capture(e);
                }
            }

            lock (_gate)
            {
                _bytes -= next.Bytes;
                _files -= next.Files.Count;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private sealed class Batch
    {
        public List<(string Path, SourceFile File)> Files { get; } = [];

        public long Bytes { get; set; }
    }
}
