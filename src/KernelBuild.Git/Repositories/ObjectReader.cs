using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using KernelBuild.Git.Objects;

namespace KernelBuild.Git.Repositories;

/// <summary>
/// Objects of a repository, asked for one by one and read through a single git cat-file. Requests are sent as they come and
/// answered in their order, so that asking early hides git's time behind other work. Two threads serve it, one for each pipe.
/// </summary>
public sealed class ObjectReader : IAsyncDisposable
{
    private readonly BlockingCollection<Request> _requests = [];
    private readonly BlockingCollection<Request> _asked = [];
    private readonly CancellationTokenSource _stop;
    private readonly bool _contents;
    private readonly Task _run;
    private Request? _cut;

    /// <param name="contents">Answer with the bytes; otherwise with an empty array for what is there.</param>
    public ObjectReader(GitRepository repository, bool contents, CancellationToken cancellationToken)
    {
        _contents = contents;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var command = repository.Git("cat-file", contents ? "--batch" : "--batch-check") with
        {
            InputProducer = (stream, _) => OnThread(() => Send(stream)),
            OutputConsumer = (stream, _) => OnThread(() => Receive(stream)),
        };
        _run = command
            .RunAsync(_stop.Token)
            .ContinueWith(End, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>The bytes of an object, or null when the repository does not hold it.</summary>
    /// <param name="name">Anything that git rev-parse understands, without a line break.</param>
    public Task<byte[]?> ReadAsync(string name)
    {
        var request = new Request(name, new TaskCompletionSource<byte[]?>(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            _requests.Add(request);
        }
        catch (InvalidOperationException)
        {
            request.Answer.TrySetException(new EndOfStreamException("git cat-file has ended"));
        }

        return request.Answer.Task;
    }

    /// <summary><see cref="ReadAsync"/> for callers with nothing else to do.</summary>
    public byte[]? Read(string name) => ReadAsync(name).GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        _requests.CompleteAdding();
        await _run;
        _stop.Dispose();
        _requests.Dispose();
        _asked.Dispose();
    }

    private static Task OnThread(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Whoever still waits when git has ended is told why.</summary>
    private void End(Task run)
    {
        var failure = run.Exception?.InnerException
            ?? (run.IsCanceled ? new OperationCanceledException() : new EndOfStreamException("git cat-file ended before it answered"));
        _requests.CompleteAdding();
        _cut?.Answer.TrySetException(failure);
        while (_asked.TryTake(out var left) || _requests.TryTake(out left))
        {
            left.Answer.TrySetException(failure);
        }
    }

    private void Send(Stream input)
    {
        using var buffer = new MemoryStream();
        try
        {
            // the token ends the wait when git is no more
            foreach (var first in _requests.GetConsumingEnumerable(_stop.Token))
            {
                buffer.SetLength(0);
                var request = first;
                do
                {
                    buffer.Write(Encoding.UTF8.GetBytes(request.Name));
                    buffer.WriteByte((byte)'\n');
                    _asked.Add(request);
                }
                while (buffer.Length < 1 << 15 && _requests.TryTake(out request));

                input.Write(buffer.GetBuffer(), 0, (int)buffer.Length);
                input.Flush();
            }
        }
        finally
        {
            _asked.CompleteAdding();
        }
    }

    private void Receive(Stream output)
    {
#pragma warning disable CA2000 // to dispose it would close the pipe below, which is its owner's to close
        var stream = new BufferedStream(output, 1 << 17);
#pragma warning restore CA2000
        foreach (var request in _asked.GetConsumingEnumerable(_stop.Token))
        {
            try
            {
                request.Answer.TrySetResult(ReadAnswer(stream));
            }
            catch (EndOfStreamException)
            {
                // git says why when it ends, as when a partial clone cannot reach its server: End gives that to whoever waits
                _cut = request;
                _requests.CompleteAdding();
                return;
            }
            catch (Exception e)
            {
                request.Answer.TrySetException(e);
                throw;
            }
        }
    }

    /// <summary>"ID TYPE SIZE", the content, a line break; or "NAME missing" and its like.</summary>
    private byte[]? ReadAnswer(BufferedStream stream)
    {
        var header = new StringBuilder();
        for (int letter; (letter = stream.ReadByte()) != '\n';)
        {
            if (letter < 0)
            {
                throw new EndOfStreamException("git cat-file ended inside an answer");
            }

            header.Append((char)letter);
        }

        var words = header.ToString().Split(' ');
        if (words.Length != 3 || !GitObjectId.TryParse(words[0], out _)
            || !int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            return null;
        }

        if (!_contents)
        {
            return [];
        }

        var content = new byte[size];
        stream.ReadExactly(content);
        stream.ReadByte();
        return content;
    }

    private sealed record Request(string Name, TaskCompletionSource<byte[]?> Answer);
}
