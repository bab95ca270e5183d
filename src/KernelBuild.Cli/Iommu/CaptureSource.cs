using System.Diagnostics.CodeAnalysis;
using System.Text;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;
using KernelBuild.Iommu.Capturing;

namespace KernelBuild.Cli.Iommu;

/// <summary>Where a capture comes from: files, or a shell here, behind adb, or behind ssh, to which the capture script is fed.</summary>
internal sealed record CaptureSource(string[] Files, bool Local, bool Adb, string? Serial, string? Ssh)
{
    /// <summary>A phone answers within seconds; a machine that sleeps never does.</summary>
    private static readonly TimeSpan _longestRun = TimeSpan.FromMinutes(2);

    /// <param name="partial">Where what a machine printed is kept when it is no whole capture.</param>
    public bool TryRead(string partial, [NotNullWhen(true)] out Capture? capture, [NotNullWhen(false)] out Diagnostic? error)
    {
        capture = null;
        var ways = (Files.Length > 0 ? 1 : 0) + (Local ? 1 : 0) + (Adb ? 1 : 0) + (Ssh is null ? 0 : 1);
        if (ways != 1 || Files.Length > 1)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, "name one source of the capture", "give one FILE, --local, --adb or --ssh HOST");
            return false;
        }

        if (Files is [var file])
        {
            return CaptureInput.TryRead(file, out capture, out error);
        }

        if (TryRun(out var output, out error) && CaptureReader.TryRead(output, out capture, out error))
        {
            return true;
        }

        error = Keep(output, partial, error);
        return false;
    }

    private (string Program, string[] Arguments) Shell =>
        Local ? ("sh", ["-s"])
        : Adb
            ? ("adb",
                [
                    .. Serial is null ? (string[])[] : ["-s", Serial], "shell",
                    "if su -c true >/dev/null 2>&1; then su -c sh; elif su 0 true >/dev/null 2>&1; then su 0 sh; else sh; fi",
                ])
        : ("ssh",
            ["-o", "BatchMode=yes", "--", Ssh!, "if [ $(id -u) != 0 ] && sudo -n true 2>/dev/null; then sudo -n sh -s; else sh -s; fi"]);

    /// <summary>What was printed is the only witness of what went wrong.</summary>
    private static Diagnostic Keep(byte[] output, string partial, Diagnostic error) =>
        output.Length > 0 && AtomicOutput.TryWrite(partial, output, out _)
            ? error with { Details = [.. error.Details, $"its output of {output.Length} bytes is kept in {partial}"] }
            : error;

    /// <param name="output">All that was printed, of a failure too.</param>
    private bool TryRun(out byte[] output, [NotNullWhen(false)] out Diagnostic? error)
    {
        output = [];
        var (program, arguments) = Shell;
        using var printed = new PrintedCapture();
        var said = new List<string>();
        var command = Command.WithFullEnvironment(program).WithArguments(arguments).WithEnvironment("LC_ALL", "C") with
        {
            InputProducer = async (stream, cancellationToken) =>
                await stream.WriteAsync(Encoding.UTF8.GetBytes(CaptureScript.Text.ReplaceLineEndings("\n")), cancellationToken),
            OutputConsumer = printed.CollectAsync,
            OnError = said.Add,
            AnswerCodes = [.. Enumerable.Range(1, 255)],
            Timeout = _longestRun,
        };
        try
        {
            var result = command.RunAsync(printed.HasHung).GetAwaiter().GetResult();
            output = printed.ToArray();
            if (CaptureScript.IsOutput(output))
            {
                error = null;
                return true;
            }

            error = Failed(program, $"ended with exit code {result.ExitCode} and without a capture", said);
        }
        catch (OperationCanceledException) when (printed.HasHung.IsCancellationRequested)
        {
            output = printed.ToArray();
            error = null;
            return true;
        }
        catch (TimeoutException)
        {
            output = printed.ToArray();
            error = Failed(program, $"did not end within {_longestRun.TotalSeconds:0} seconds", said);
        }
        catch (DiagnosticException exception) when (exception.Diagnostics is [{ Code: DiagnosticCodes.ToolMissing }])
        {
            error = Diagnostic.Error(DiagnosticCodes.ToolMissing, $"the program {program} is not installed", program switch
            {
                "sh" => "install a shell",
                "adb" => "install adb (Debian: apt install adb)",
                _ => "install an ssh client",
            });
        }

        return false;
    }

    private static Diagnostic Failed(string program, string what, List<string> said) =>
        Diagnostic.Error(
            DiagnosticCodes.CaptureFailed, $"{program} {what}",
            "try the same by hand: the machine must be reachable and must not ask for a password") with
        {
            Details = [.. said.Where(line => line.Length > 0).TakeLast(5)],
        };
}
