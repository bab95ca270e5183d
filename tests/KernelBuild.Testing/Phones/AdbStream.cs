using System.Buffers.Binary;
using System.Diagnostics;

namespace KernelBuild.Testing.Phones;

/// <summary>A service of adbd that runs a command.</summary>
internal sealed class AdbStream(
    AdbServer.AdbWire wire, uint local, uint remote, string service, AdbShellSettings settings, Action cut)
{
    private const byte StandardOutput = 1, ExitCode = 3, StandardInput = 0, CloseInput = 4;

    private readonly SemaphoreSlim _acknowledged = new(1);
    private readonly bool _isV2 = service.StartsWith("shell,v2", StringComparison.Ordinal);
    private readonly bool _isTerminal = service.StartsWith("shell", StringComparison.Ordinal) && settings.IsLegacy;
    private readonly List<byte> _packets = [];
    private Process? _process;
    private int _sent;

    public void Acknowledge() => _acknowledged.Release();

    public void End()
    {
        try
        {
            _process?.Kill();
        }
        catch (InvalidOperationException)
        {
            // it has ended
        }
    }

    /// <summary>Input for the command; of the old shell as it is, of the new one in packets of kind, length and bytes.</summary>
    public void Take(byte[] data)
    {
        if (!_isV2)
        {
            Feed(data);
            return;
        }

        _packets.AddRange(data);
        while (_packets.Count >= 5 && BinaryPrimitives.ReadInt32LittleEndian([.. _packets[1..5]]) is var length && _packets.Count >= 5 + length)
        {
            if (_packets[0] == StandardInput)
            {
                Feed([.. _packets[5..(5 + length)]]);
            }
            else if (_packets[0] == CloseInput)
            {
                _process?.StandardInput.Close();
            }

            _packets.RemoveRange(0, 5 + length);
        }
    }

    public async Task RunAsync()
    {
        try
        {
            if (!(service.StartsWith("shell", StringComparison.Ordinal) || service.StartsWith("exec", StringComparison.Ordinal)))
            {
                await wire.SendClosedAsync(local, remote);
                return;
            }

            _process = Process.Start(StartOf(service[(service.IndexOf(':', StringComparison.Ordinal) + 1)..]))!;
            await wire.SendOpenedAsync(local, remote);
            var buffer = new byte[3000];
            while (await _process.StandardOutput.BaseStream.ReadAsync(buffer) is > 0 and var count)
            {
                await SendAsync(StandardOutput, buffer[..count]);
            }

            await _process.WaitForExitAsync();
            if (_isV2)
            {
                await SendAsync(ExitCode, [(byte)_process.ExitCode]);
            }

            await wire.SendClosedAsync(local, remote);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            End();
        }
    }

    private async Task SendAsync(byte kind, byte[] data)
    {
        if (settings.LiesAt is { } at && service.StartsWith("exec", StringComparison.Ordinal) && at >= _sent && at < _sent + data.Length)
        {
            data[at - _sent] ^= 1;
        }

        _sent += data.Length;
        if (settings.CutAfter < _sent)
        {
            cut();
            throw new IOException("cut");
        }

        if (settings.Hangs)
        {
            await Task.Delay(Timeout.Infinite);
        }

        if (_isTerminal)
        {
            data = [.. data.SelectMany(one => one == '\n' ? (byte[])[(byte)'\r', one] : [one])];
        }

        if (_isV2)
        {
            var header = new byte[5];
            header[0] = kind;
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(1), data.Length);
            data = [.. header, .. data];
        }

        for (var sent = 0; sent < data.Length; sent += 4000)
        {
            await _acknowledged.WaitAsync();
            await wire.SendDataAsync(local, remote, data[sent..Math.Min(data.Length, sent + 4000)]);
        }
    }

    private void Feed(byte[] data)
    {
        try
        {
            _process?.StandardInput.BaseStream.Write(data);
            _process?.StandardInput.BaseStream.Flush();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // it reads no more
        }
    }

    private ProcessStartInfo StartOf(string command)
    {
        var start = new ProcessStartInfo("sh", ["-c", "exec 2>&1\n" + command])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        };
        start.Environment["R"] = settings.Root;
        if (settings.Programs.Length > 0)
        {
            start.Environment["PATH"] = settings.Programs + ":" + start.Environment["PATH"];
        }

        return start;
    }
}
