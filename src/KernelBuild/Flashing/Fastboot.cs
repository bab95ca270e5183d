using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Flashing;

/// <summary>The program fastboot, on one device. Every run is bounded; each failure says whether the device refused or was lost.</summary>
/// <param name="serial">As <c>fastboot devices</c> has it, or <c>tcp:HOST:PORT</c>.</param>
/// <param name="timing">How long the device may take.</param>
public sealed class Fastboot(string serial, DeviceTiming timing)
{
    /// <summary>A device that is there answers at once; fastboot waits for one that is not for ever.</summary>
    private static readonly TimeSpan _presence = TimeSpan.FromSeconds(4);

    public string Serial => serial;

    /// <summary>The devices that fastboot sees on USB.</summary>
    public static async Task<ImmutableArray<string>> ListAsync(DeviceTiming timing, CancellationToken cancellationToken)
    {
        var answer = await RunAsync(["devices"], timing.Answer, cancellationToken);
        return ReadList(answer.Lines);
    }

    /// <summary>Lines "SERIAL TAB fastboot", with fastbootd as "SERIAL TAB fastbootd" in some versions.</summary>
    public static ImmutableArray<string> ReadList(IEnumerable<string> lines) =>
    [
        .. lines.Select(line => line.Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is [_, var state, ..] && state.StartsWith("fastboot", StringComparison.Ordinal))
            .Select(words => words[0]),
    ];

    /// <summary>A command as one could type it.</summary>
    public string TextOf(params IEnumerable<string> arguments) => Of([.. Words(arguments)]).ToString();

    /// <summary>All variables that the bootloader lists; empty when it has no list.</summary>
    /// <exception cref="DiagnosticException">KB9027.</exception>
    public async Task<FastbootVariables> ReadVariablesAsync(CancellationToken cancellationToken)
    {
        var answer = await AskAsync(timing.Answer, cancellationToken, "getvar", "all");
        return FastbootVariables.Parse(answer.Lines);
    }

    /// <summary>One variable; null when the bootloader does not know it.</summary>
    /// <exception cref="DiagnosticException">KB9027.</exception>
    public async Task<string?> ReadVariableAsync(string name, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(timing.Answer, cancellationToken, "getvar", name);
        return answer.Refusal is not null ? null : answer.Lines
            .Where(line => line.StartsWith(name + ":", StringComparison.Ordinal))
            .Select(line => line[(name.Length + 1)..].Trim())
            .FirstOrDefault(value => value.Length > 0);
    }

    /// <summary>Reads a partition into a file.</summary>
    /// <param name="bytes">Of the partition, for the time that it may take.</param>
    /// <returns>What the device said when it refused; null when the file is there.</returns>
    /// <exception cref="DiagnosticException">KB9027; KB1012 when the disk is full.</exception>
    public async Task<string?> TryFetchAsync(string partition, string file, long bytes, CancellationToken cancellationToken)
    {
        try
        {
            return (await AskAsync(timing.TransferOf(bytes), cancellationToken, "fetch", partition, file)).Refusal;
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Details.Any(DiskSpace.IsExhausted))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DiskFull, $"the disk is full: {partition} could not be read off the device",
                "make room, and run the command again") with
            { File = file });
        }
    }

    /// <summary>Writes an image to a partition.</summary>
    /// <exception cref="DiagnosticException">KB9027, KB9028.</exception>
    public Task FlashAsync(string partition, string file, CancellationToken cancellationToken) =>
        DoAsync(timing.TransferOf(new FileInfo(file).Length), cancellationToken, "flash", partition, file);

    /// <summary>Boots an image from memory; nothing is written.</summary>
    /// <returns>What the device said when it refused; null when it boots.</returns>
    /// <exception cref="DiagnosticException">KB9027.</exception>
    public async Task<string?> BootAsync(string file, CancellationToken cancellationToken) =>
        (await AskAsync(timing.TransferOf(new FileInfo(file).Length), cancellationToken, "boot", file)).Refusal;

    /// <param name="slot">a or b.</param>
    /// <exception cref="DiagnosticException">KB9027, KB9028.</exception>
    public Task SetActiveAsync(string slot, CancellationToken cancellationToken) =>
        DoAsync(timing.Answer, cancellationToken, "set_active", slot);

    /// <exception cref="DiagnosticException">KB9027, KB9028.</exception>
    public Task RebootAsync(CancellationToken cancellationToken) => DoAsync(timing.Answer, cancellationToken, "reboot");

    /// <summary>Whether the program has the command fetch: older ones (Debian 12's) do not.</summary>
    public static async Task<bool> HasFetchAsync(CancellationToken cancellationToken) =>
        (await RunAsync(["help"], _presence, cancellationToken)).Lines
            .Any(line => line.TrimStart().StartsWith("fetch ", StringComparison.Ordinal));

    /// <summary>Whether the device answers in its bootloader, now.</summary>
    public async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await RunAsync(Words(["getvar", "product"]), _presence, cancellationToken)) is { IsLost: false };
        }
        catch (DiagnosticException e) when (e.Diagnostics is [{ Code: DiagnosticCodes.DeviceLost }])
        {
            return false;
        }
    }

    private async Task DoAsync(TimeSpan limit, CancellationToken cancellationToken, params string[] arguments)
    {
        var answer = await AskAsync(limit, cancellationToken, arguments);
        if (answer.Refusal is { } refusal)
        {
            throw DeviceErrors.Refused(TextOf(arguments), refusal);
        }
    }

    private async Task<DeviceAnswer> AskAsync(TimeSpan limit, CancellationToken cancellationToken, params string[] arguments)
    {
        var answer = await RunAsync(Words(arguments), limit, cancellationToken);
        return answer.IsLost
            ? throw DeviceErrors.Lost(TextOf(arguments), answer.Failure ?? "fastboot cannot reach it", answer.Lines)
            : answer;
    }

    private IEnumerable<string> Words(IEnumerable<string> arguments) => arguments.Prepend(serial).Prepend("-s");

    private static Command Of(IEnumerable<string> arguments) => DeviceCommand.Of("fastboot", arguments);

    private static Task<DeviceAnswer> RunAsync(IEnumerable<string> arguments, TimeSpan limit, CancellationToken cancellationToken) =>
        DeviceCommand.RunAsync("fastboot", arguments, limit, cancellationToken);
}
