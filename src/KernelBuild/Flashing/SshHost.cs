using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;

namespace KernelBuild.Flashing;

/// <summary>A machine behind the program ssh. Every run is bounded, and asks no questions.</summary>
/// <param name="host">[USER@]HOST, or a name of the user's ssh configuration.</param>
/// <param name="timing">How long the machine may take.</param>
public sealed class SshHost(string host, DeviceTiming timing) : IDeviceShell
{
    private const string End = "### END";

    public string Name => host;

    /// <remarks>The script goes through the input: what a login shell makes of an argument is its own affair.</remarks>
    /// <exception cref="DiagnosticException">KB4004 without the program, KB9027: no connection, cut off, or no answer in time.</exception>
    public async Task<ImmutableArray<string>> ShellAsync(string script, CancellationToken cancellationToken)
    {
        string[] arguments = ["-o", "BatchMode=yes", "--", host, "sh -s"];
        var answer = await DeviceCommand.RunAsync("ssh", arguments, timing.Answer, cancellationToken, script + $"\necho '{End}'\n");
        var end = answer.Lines.LastIndexOf(End);
        return answer.ExitCode == 0 && end >= 0 ? answer.Lines[..end] : throw DeviceErrors.Lost(
            $"ssh {host}",
            answer.ExitCode == 0
                ? "what it printed breaks off"
                : string.Create(CultureInfo.InvariantCulture, $"ssh ended with exit code {answer.ExitCode}"),
            answer.Lines,
            $"try it by hand: ssh -o BatchMode=yes {host} true must answer without a question");
    }
}
