using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Flashing;

/// <summary>
/// Runs fastboot, adb and ssh: with the user's environment (ANDROID_SERIAL, ADB_SERVER_SOCKET, HOME with the keys), and bounded.
/// </summary>
internal static class DeviceCommand
{
    public static Command Of(string program, IEnumerable<string> arguments) =>
        Command.WithFullEnvironment(program).WithArguments(arguments).WithEnvironment("LC_ALL", "C") with
        {
            AnswerCodes = [.. Enumerable.Range(1, 255)],
            CancelGracePeriod = TimeSpan.FromSeconds(2),
        };

    /// <param name="input">What the program reads from its input; null for nothing.</param>
    /// <exception cref="DiagnosticException">KB4004 without the program, KB9027 when it does not end in time.</exception>
    public static async Task<DeviceAnswer> RunAsync(
        string program, IEnumerable<string> arguments, TimeSpan limit, CancellationToken cancellationToken, string? input = null)
    {
        var lines = new List<string>();
        void Take(string line)
        {
            lock (lines)
            {
                lines.Add(line);
            }
        }

        var command = Of(program, arguments) with { OnOutput = Take, OnError = Take, Timeout = limit };
        if (input is not null)
        {
            command = command with
            {
                InputProducer = async (stream, token) => await stream.WriteAsync(Encoding.UTF8.GetBytes(input), token),
            };
        }

        try
        {
            var result = await command.RunAsync(cancellationToken);
            return new DeviceAnswer(result.ExitCode, [.. lines]);
        }
        catch (TimeoutException)
        {
            throw DeviceErrors.Hung(command.ToString(), limit, lines);
        }
    }
}
