using System.Net;
using System.Net.Sockets;

namespace KernelBuild.Testing.Caching;

/// <summary>A way to a server on this machine on which each answer takes its time.</summary>
public sealed class SlowLine : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();

    public SlowLine(int server, TimeSpan delay)
    {
        _listener.Start();
        _ = Task.Run(() => AcceptAsync(server, delay));
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _ended.Cancel();
        _listener.Dispose();
        _ended.Dispose();
    }

    private async Task AcceptAsync(int server, TimeSpan delay)
    {
        while (!_ended.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_ended.Token);
            var onward = new TcpClient();
            await onward.ConnectAsync(IPAddress.Loopback, server, _ended.Token);
            _ = CopyAsync(client, onward, TimeSpan.Zero);
            _ = CopyAsync(onward, client, delay);
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, TimeSpan delay)
    {
        using (from)
        using (to)
        {
            var buffer = new byte[1 << 16];
            while (await from.GetStream().ReadAsync(buffer, _ended.Token) is > 0 and var count)
            {
                await Task.Delay(delay, _ended.Token);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _ended.Token);
            }
        }
    }
}
