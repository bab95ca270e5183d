using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KernelBuild.Testing.Phones;

/// <summary>
/// The bootloader of a <see cref="TestPhone"/> for the real fastboot: its protocol over TCP. Source: AOSP, system/core/fastboot/README.md
/// (commands, answers), and "TCP Protocol v1" there: FB01 both ways, then messages with their length in 8 bytes, big-endian.
/// </summary>
public sealed class FastbootServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TestPhone _phone;
    private readonly CancellationTokenSource _ending = new();

    public FastbootServer(TestPhone phone)
    {
        _phone = phone;
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Serial => string.Create(CultureInfo.InvariantCulture, $"tcp:127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public void Dispose()
    {
        _ending.Cancel();
        _listener.Dispose();
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_ending.IsCancellationRequested)
            {
                var client = await _listener.AcceptTcpClientAsync(_ending.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                if (_phone.Mode != PhoneMode.Bootloader)
                {
                    return;
                }

                await ReadAsync(stream, 4);
                await stream.WriteAsync("FB01"u8.ToArray(), _ending.Token);
                byte[] data = [];
                while (Encoding.Latin1.GetString(await MessageAsync(stream)) is var message)
                {
                    lock (_phone.Commands)
                    {
                        _phone.Commands.Add(message);
                    }

                    if (message.StartsWith("download:", StringComparison.Ordinal))
                    {
                        var length = int.Parse(message[9..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                        if (length > _phone.LargestDownload)
                        {
                            await SayAsync(stream, "FAILdata too large");
                            continue;
                        }

                        data = await DownloadAsync(stream, length);
                    }
                    else if (message.StartsWith("fetch:", StringComparison.Ordinal))
                    {
                        await GiveAsync(stream, message[6..]);
                    }
                    else if (message.StartsWith("getvar:", StringComparison.Ordinal))
                    {
                        await TellAsync(stream, message[7..]);
                    }
                    else if (_phone.Apply(message, data) is { } answer)
                    {
                        await SayAsync(stream, answer);
                    }
                    else if (_phone.Mode == PhoneMode.Bootloader && _phone.Hangs)
                    {
                        await Task.Delay(Timeout.Infinite, _ending.Token);
                    }
                    else
                    {
                        Reset(client);
                        return;
                    }
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
                Reset(client);
            }
        }
    }

    /// <summary>
    /// As a cable does that is pulled: an error, not the end of the data. At an end of the data fastboot 29 turns in a circle for ever,
    /// which a
    /// test of its own is about.
    /// </summary>
    private static void Reset(TcpClient client) => client.Client.Close(0);

    private async Task<byte[]> DownloadAsync(NetworkStream stream, int length)
    {
        await SayAsync(stream, string.Create(CultureInfo.InvariantCulture, $"DATA{length:x8}"));
        using var data = new MemoryStream();
        while (data.Length < length)
        {
            await data.WriteAsync(await MessageAsync(stream), _ending.Token);
        }

        await SayAsync(stream, "OKAY");
        return data.ToArray();
    }

    /// <summary>Source: AOSP, system/core/fastboot/README.md, fetch: the answer DATA, the bytes, and OKAY.</summary>
    private async Task GiveAsync(NetworkStream stream, string request)
    {
        var (data, refusal) = _phone.Fetch(request);
        if (data is null)
        {
            await SayAsync(stream, "FAIL" + refusal);
            return;
        }

        await SayAsync(stream, string.Create(CultureInfo.InvariantCulture, $"DATA{data.Length:x8}"));
        await SendAsync(stream, data);
        await SayAsync(stream, "OKAY");
    }

    private async Task TellAsync(NetworkStream stream, string name)
    {
        if (name == "all")
        {
            foreach (var one in _phone.VariableNames.ToArray())
            {
                if (_phone.VariableOf(one) is { } listed)
                {
                    await SayAsync(stream, $"INFO{one}: {listed}");
                }
            }

            await SayAsync(stream, "OKAY");
        }
        else
        {
            await SayAsync(stream, _phone.VariableOf(name) is { } value ? "OKAY" + value : "FAILunknown variable");
        }
    }

    private async Task<byte[]> MessageAsync(NetworkStream stream) =>
        await ReadAsync(stream, (int)BinaryPrimitives.ReadInt64BigEndian(await ReadAsync(stream, 8)));

    private async Task<byte[]> ReadAsync(NetworkStream stream, int length)
    {
        var bytes = new byte[length];
        for (var at = 0; at < length;)
        {
            var count = await stream.ReadAsync(bytes.AsMemory(at, Math.Min(length - at, 4096)), _ending.Token);
            if (count == 0 || !_phone.Receive(count))
            {
                throw new IOException("cut");
            }

            at += count;
        }

        return bytes;
    }

    private Task SayAsync(NetworkStream stream, string text) => SendAsync(stream, Encoding.Latin1.GetBytes(text));

    private async Task SendAsync(NetworkStream stream, byte[] bytes)
    {
        var message = new byte[8 + bytes.Length];
        BinaryPrimitives.WriteInt64BigEndian(message, bytes.Length);
        bytes.CopyTo(message, 8);
        await stream.WriteAsync(message, _ending.Token);
    }
}
