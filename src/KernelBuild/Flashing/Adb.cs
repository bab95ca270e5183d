using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Flashing;

/// <summary>The program adb, on one device. Every run is bounded.</summary>
/// <param name="serial">As <c>adb devices</c> has it, or HOST:PORT.</param>
/// <param name="timing">How long the device may take.</param>
public sealed class Adb(string serial, DeviceTiming timing) : IDeviceShell
{
    private const string End = "### END";

    public string Serial => serial;

    public string Name => serial;

    public static async Task<ImmutableArray<AdbDevice>> ListAsync(DeviceTiming timing, CancellationToken cancellationToken) =>
        ReadList((await RunAsync(["devices"], timing.Answer, cancellationToken)).Lines);

    /// <summary>Lines "SERIAL TAB STATE", behind a title and words of the server that was started.</summary>
    public static ImmutableArray<AdbDevice> ReadList(IEnumerable<string> lines) =>
    [
        .. lines.Where(line => !line.StartsWith('*'))
            .Select(line => line.Split('\t', 2, StringSplitOptions.TrimEntries))
            .Where(words => words is [{ Length: > 0 }, { Length: > 0 }])
            .Select(words => new AdbDevice(words[0], words[1])),
    ];

    /// <summary>A command as one could type it.</summary>
    public string TextOf(params IEnumerable<string> arguments) => Of(Words(arguments)).ToString();

    /// <summary>
    /// Runs a script in the device's shell and gives the lines that it printed. That it came to its end is read from a last line of its
    /// own:
    /// a shell without the protocol v2 gives no exit code, and turns line feeds into two characters.
    /// </summary>
    /// <exception cref="DiagnosticException">KB9027: cut off, or no answer in time.</exception>
    public async Task<ImmutableArray<string>> ShellAsync(string script, CancellationToken cancellationToken)
    {
        var answer = await RunAsync(Words(["shell", script + $"\necho '{End}'"]), timing.Answer, cancellationToken);
        ImmutableArray<string> lines = [.. answer.Lines.Select(line => line.TrimEnd('\r'))];
        var end = lines.LastIndexOf(End);
        return end >= 0
            ? lines[..end]
            : throw DeviceErrors.Lost(TextOf("shell", "…"), "what it printed breaks off", answer.Lines);
    }

    /// <summary>Copies what a command on the device prints, byte for byte, into a file.</summary>
    /// <param name="bytes">As many are expected, for the time that it may take.</param>
    /// <exception cref="DiagnosticException">KB9027.</exception>
    public async Task CopyAsync(string command, string file, long bytes, CancellationToken cancellationToken)
    {
        var limit = timing.TransferOf(bytes);
        var said = new List<string>();
        var run = Of(Words(["exec-out", command])) with
        {
            OutputConsumer = async (stream, token) =>
            {
                await using var output = File.Create(file);
                await stream.CopyToAsync(output, token);
                await output.FlushAsync(token);
            },
            OnError = said.Add,
            Timeout = limit,
        };
        try
        {
            if ((await run.RunAsync(cancellationToken)).ExitCode is not 0 and var code)
            {
                throw DeviceErrors.Lost(run.ToString(), $"adb ended with exit code {code}", said);
            }
        }
        catch (TimeoutException)
        {
            throw DeviceErrors.Hung(run.ToString(), limit, said);
        }
    }

    /// <summary>Restarts the device into its bootloader.</summary>
    public Task RebootToBootloaderAsync(CancellationToken cancellationToken) =>
        RunAsync(Words(["reboot", "bootloader"]), timing.Answer, cancellationToken);

    /// <summary>Whether its shell answers, now. An address is connected to first: adb forgets one that went away.</summary>
    public async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (serial.Contains(':', StringComparison.Ordinal))
            {
                await RunAsync(["connect", serial], timing.Answer, cancellationToken);
            }

            return (await ListAsync(timing, cancellationToken)).Any(device => device.Serial == serial && device.HasShell)
                && (await ShellAsync("echo KERNELBUILD", cancellationToken)).Contains("KERNELBUILD");
        }
        catch (DiagnosticException e) when (e.Diagnostics is [{ Code: DiagnosticCodes.DeviceLost }])
        {
            return false;
        }
    }

    private IEnumerable<string> Words(IEnumerable<string> arguments) => arguments.Prepend(serial).Prepend("-s");

    private static Command Of(IEnumerable<string> arguments) => DeviceCommand.Of("adb", arguments);

    private static Task<DeviceAnswer> RunAsync(IEnumerable<string> arguments, TimeSpan limit, CancellationToken cancellationToken) =>
        DeviceCommand.RunAsync("adb", arguments, limit, cancellationToken);
}
