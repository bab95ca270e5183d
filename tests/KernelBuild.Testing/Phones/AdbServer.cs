using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KernelBuild.Testing.Phones;

/// <summary>
/// adbd of a <see cref="TestPhone"/> for the real adb: the transport's messages over TCP, streams of shell and exec, run by this host's sh.
/// Source: AOSP, packages/modules/adb/protocol.txt (messages of 24 bytes, little-endian) and shell_protocol.h.
/// </summary>
public sealed class AdbServer : IDisposable
{
    private const uint Connect = 0x4e584e43, Open = 0x4e45504f, Okay = 0x59414b4f, Close = 0x45534c43, Write = 0x45545257;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly TestPhone _phone;
    private readonly AdbShellSettings _settings;

    public AdbServer(TestPhone phone, AdbShellSettings settings)
    {
        (_phone, _settings) = (phone, settings);
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Serial => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

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
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_ending.Token));
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
            if (_phone.Mode != PhoneMode.System)
            {
                return;
            }

            var wire = new AdbWire(client.GetStream(), _ending.Token);
            var streams = new ConcurrentDictionary<uint, AdbStream>();
            var next = 1u;
            try
            {
                while (true)
                {
                    var (command, first, second, data) = await wire.ReadAsync();
                    switch (command)
                    {
                        case Connect:
                            var features = _settings.IsLegacy ? "" : "features=shell_v2,cmd";
                            await wire.SendAsync(Connect, 0x01000000, 4096, Encoding.ASCII.GetBytes(
                                $"device::ro.product.name={_phone.Product};ro.product.model=Test;ro.product.device={_phone.Product};{features}"));
                            break;
                        case Open when Encoding.UTF8.GetString(data).TrimEnd('\0') is var service:
                            if (service.StartsWith("reboot:", StringComparison.Ordinal))
                            {
                                _phone.Mode = service == "reboot:bootloader" ? PhoneMode.Bootloader : PhoneMode.System;
                                return;
                            }

                            var stream = new AdbStream(wire, next, first, service, _settings, () => client.Client.Close(0));
                            streams[next++] = stream;
                            _ = stream.RunAsync();
                            break;
                        case Write:
                            await wire.SendAsync(Okay, second, first, []);
                            streams.GetValueOrDefault(second)?.Take(data);
                            break;
                        case Okay:
                            streams.GetValueOrDefault(second)?.Acknowledge();
                            break;
                        case Close:
                            if (streams.TryRemove(second, out var closed))
                            {
                                closed.End();
                            }

                            break;
                        default:
                            break;
                    }
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or EndOfStreamException)
            {
                foreach (var stream in streams.Values)
                {
                    stream.End();
                }
            }
        }
    }

    /// <summary>The messages of a connection.</summary>
    internal sealed class AdbWire(NetworkStream stream, CancellationToken ending)
    {
        private readonly SemaphoreSlim _sending = new(1);

        public async Task<(uint Command, uint First, uint Second, byte[] Data)> ReadAsync()
        {
            var header = new byte[24];
            await stream.ReadExactlyAsync(header, ending);
            var data = new byte[BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12))];
            await stream.ReadExactlyAsync(data, ending);
            return (Word(0), Word(4), Word(8), data);

            uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(at));
        }

        public async Task SendAsync(uint command, uint first, uint second, byte[] data)
        {
            var message = new byte[24 + data.Length];
            uint[] words = [command, first, second, (uint)data.Length, (uint)data.Sum(one => one), ~command];
            for (var i = 0; i < words.Length; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(i * 4), words[i]);
            }

            data.CopyTo(message, 24);
            await _sending.WaitAsync(ending);
            try
            {
                await stream.WriteAsync(message, ending);
            }
            finally
            {
                _sending.Release();
            }
        }

        public Task SendOpenedAsync(uint local, uint remote) => SendAsync(Okay, local, remote, []);

        public Task SendDataAsync(uint local, uint remote, byte[] data) => SendAsync(Write, local, remote, data);

        public Task SendClosedAsync(uint local, uint remote) => SendAsync(Close, local, remote, []);
    }
}
