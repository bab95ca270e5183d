using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KernelBuild.Tests.Fetch;

/// <summary>An HTTP server that misbehaves as told. One connection for each request.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _content;

    public LoopbackServer(byte[] content)
    {
        _content = content;
        _listener.Start();
        _ = ServeAsync();
    }

    /// <summary>How many bytes to send before each connection is cut; a request beyond the list is served whole.</summary>
    public Queue<int> Cuts { get; } = new();

    public bool IgnoresRange { get; set; }

    public int Status { get; set; } = 200;

    /// <summary>The first byte of each request's range; 0 where there was none.</summary>
    public List<long> Starts { get; } = [];

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/linux.tar");

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            using (client)
            {
                try
                {
                    await AnswerAsync(client.GetStream());
                }
                catch (IOException)
                {
                    // the client has gone
                }
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        var start = 0;
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            const string Range = "Range: bytes=";
            if (line.StartsWith(Range, StringComparison.OrdinalIgnoreCase))
            {
                start = int.Parse(line[Range.Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
            }
        }

        Starts.Add(start);
        start = IgnoresRange ? 0 : start;
        if (Status != 200 || start >= _content.Length)
        {
            await WriteAsync(stream, $"HTTP/1.1 {(Status == 200 ? 416 : Status)} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            return;
        }

        var head = start > 0
            ? $"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{_content.Length - 1}/{_content.Length}\r\n"
            : "HTTP/1.1 200 OK\r\n";
        await WriteAsync(stream, head + $"Content-Length: {_content.Length - start}\r\nConnection: close\r\n\r\n");
        var length = Cuts.TryDequeue(out var cut) ? Math.Min(cut, _content.Length - start) : _content.Length - start;
        await stream.WriteAsync(_content.AsMemory(start, length));
    }

    private static async Task WriteAsync(NetworkStream stream, string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
}
