using System.Globalization;
using System.Text;
using System.Threading.Channels;
using KernelBuild.Diagnostics;

namespace KernelBuild.Store;

/// <summary>
/// Objects of a repository, asked for one by one and read through a single git cat-file --batch. Requests are sent as they
/// come and answered in their order, so that asking early hides git's time behind other work.
/// </summary>
internal sealed class ObjectReader : IAsyncDisposable
{
    private readonly Channel<Request> _requests = Channel.CreateUnbounded<Request>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Channel<Request> _asked = Channel.CreateUnbounded<Request>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _stop;
    private readonly bool _contents;
    private readonly Task _run;

    /// <param name="contents">Answer with the bytes; otherwise with an empty array for what is there.</param>
    public ObjectReader(GitRepository repository, bool contents, CancellationToken cancellationToken)
    {
        _contents = contents;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _run = RunAsync(repository);
    }

    /// <summary>The bytes of an object, or null when the repository does not hold it.</summary>
    /// <param name="name">Anything that git rev-parse understands, without a line break.</param>
    public Task<byte[]?> ReadAsync(string name)
    {
        var request = new Request(name, new TaskCompletionSource<byte[]?>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!_requests.Writer.TryWrite(request))
        {
            request.Answer.TrySetException(new ObjectDisposedException(nameof(ObjectReader)));
        }

        return request.Answer.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _requests.Writer.TryComplete();
        try
        {
            await _run;
        }
        catch (Exception e) when (e is OperationCanceledException or DiagnosticException or IOException)
        {
            // whoever waits for an answer has been told
        }

        _stop.Dispose();
    }

    private async Task RunAsync(GitRepository repository)
    {
        Exception failure = new EndOfStreamException("git cat-file ended before it answered");
        try
        {
            await (repository.Git("cat-file", _contents ? "--batch" : "--batch-check") with { InputProducer = SendAsync, OutputConsumer = ReceiveAsync }).RunAsync(_stop.Token);
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            _requests.Writer.TryComplete();
            _asked.Writer.TryComplete();
            while (_asked.Reader.TryRead(out var left) || _requests.Reader.TryRead(out left))
            {
                left.Answer.TrySetException(failure);
            }
        }
    }

    private async Task SendAsync(Stream input, CancellationToken cancellationToken)
    {
        var buffer = new MemoryStream();
        try
        {
            while (await _requests.Reader.WaitToReadAsync(cancellationToken))
            {
                buffer.SetLength(0);
                while (buffer.Length < 1 << 15 && _requests.Reader.TryRead(out var request))
                {
                    buffer.Write(Encoding.UTF8.GetBytes(request.Name));
                    buffer.WriteByte((byte)'\n');
                    _asked.Writer.TryWrite(request);
                }

                await input.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), cancellationToken);
                await input.FlushAsync(cancellationToken);
            }
        }
        finally
        {
            _asked.Writer.TryComplete();
            await buffer.DisposeAsync();
        }
    }

    private async Task ReceiveAsync(Stream output, CancellationToken cancellationToken)
    {
        // the pipe below is its owner's to close
        var stream = new BufferedStream(output, 1 << 17);
        await foreach (var request in _asked.Reader.ReadAllAsync(cancellationToken))
        {
            try
            {
                request.Answer.TrySetResult(await ReadAnswerAsync(stream, cancellationToken));
            }
            catch (Exception e)
            {
                request.Answer.TrySetException(e);
                throw;
            }
        }
    }

    /// <summary>"ID TYPE SIZE", the content, a line break; or "NAME missing" and its like.</summary>
    private async Task<byte[]?> ReadAnswerAsync(BufferedStream stream, CancellationToken cancellationToken)
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
        if (words.Length != 3 || !GitObjectId.TryParse(words[0], out _) || !int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            return null;
        }

        if (!_contents)
        {
            return [];
        }

        var content = new byte[size];
        await stream.ReadExactlyAsync(content, cancellationToken);
        stream.ReadByte();
        return content;
    }

    private sealed record Request(string Name, TaskCompletionSource<byte[]?> Answer);
}
