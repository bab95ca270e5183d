using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace KernelBuild.Tests.Fetch;

/// <summary>A TCP link to a server that cuts, stalls or slows down what the server sends.</summary>
internal sealed class FaultyLink : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _server;
    private readonly CancellationTokenSource _ended = new();
    private bool _disposed;

    public FaultyLink(int server)
    {
        _server = server;
        _listener.Start();
        _ = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many bytes of the server go through before each connection is cut; connections beyond the list are whole.</summary>
    public Queue<int> Cuts { get; } = new();

    /// <summary>After so many bytes of the server nothing more goes through, and the connection stays open; null for never.</summary>
    public int? StallAfter { get; set; }

    /// <summary>Bytes a second after the first thousand; null for as many as come.</summary>
    public int? Trickle { get; set; }

    public int Connections { get; private set; }

    public string Address(string server) =>
        server.Replace(
            string.Create(CultureInfo.InvariantCulture, $":{_server}/"), string.Create(CultureInfo.InvariantCulture, $":{Port}/"), StringComparison.Ordinal);

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _ended.Cancel();
            _listener.Dispose();
            _ended.Dispose();
        }
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_ended.Token);
                Connections++;
                int? cut = Cuts.TryDequeue(out var bytes) ? bytes : null;
                _ = CarryAsync(client, cut);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task CarryAsync(TcpClient client, int? cut)
    {
        try
        {
            using (client)
            {
                using var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _server, _ended.Token);
                var up = client.GetStream().CopyToAsync(server.GetStream(), _ended.Token);
                await DownAsync(server.GetStream(), client.GetStream(), cut);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // one side has gone
        }
    }

    private async Task DownAsync(NetworkStream from, NetworkStream to, int? cut)
    {
        var buffer = new byte[4096];
        var sent = 0;
        int read;
        while ((read = await from.ReadAsync(buffer, _ended.Token)) > 0)
        {
            if (StallAfter is { } limit && sent + read > limit)
            {
                await to.WriteAsync(buffer.AsMemory(0, Math.Max(0, limit - sent)), _ended.Token);
                await Task.Delay(Timeout.Infinite, _ended.Token);
            }

            if (cut is { } end && sent + read > end)
            {
                await to.WriteAsync(buffer.AsMemory(0, end - sent), _ended.Token);
                return;
            }

            for (var at = 0; at < read;)
            {
                var length = Trickle is { } rate && sent > 1000 ? Math.Min(read - at, Math.Max(1, rate / 10)) : read - at;
                await to.WriteAsync(buffer.AsMemory(at, length), _ended.Token);
                at += length;
                sent += length;
                if (Trickle is not null && sent > 1000)
                {
                    await Task.Delay(100, _ended.Token);
                }
            }
        }
    }
}
