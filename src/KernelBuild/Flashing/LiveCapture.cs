using System.Diagnostics.CodeAnalysis;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Iommu.Capturing;

namespace KernelBuild.Flashing;

/// <summary>Captures a running machine: feeds the capture script to a shell there, and reads what it prints.</summary>
/// <param name="shell">Where.</param>
public sealed class LiveCapture(CaptureShell shell)
{
    /// <summary>A phone answers within seconds; a machine that sleeps never does.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The machine, whole, or why not: never a part of it.</summary>
    /// <param name="partial">Where what a machine printed is kept when it is no whole capture.</param>
    /// <param name="error">KB4004 without the program, KB7004 without a capture, KB7001, KB7003 and KB7013 when it is none or broke
    /// off.</param>
    public bool TryRead(string partial, [NotNullWhen(true)] out Capture? capture, [NotNullWhen(false)] out Diagnostic? error)
    {
        capture = null;
        if (TryRun(out var output, out error) && CaptureReader.TryRead(output, out capture, out error))
        {
            return true;
        }

        error = Keep(output, partial, error!);
        return false;
    }

    /// <summary>What was printed is the only witness of what went wrong.</summary>
    private static Diagnostic Keep(byte[] output, string partial, Diagnostic error)
    {
        try
        {
            if (output.Length > 0)
            {
                OutputFile.Write(partial, output);
                return error with { Details = [.. error.Details, $"its output of {output.Length} bytes is kept in {partial}"] };
            }
        }
        catch (DiagnosticException)
        {
            // the error itself matters more
        }

        return error;
    }

    /// <param name="output">All that was printed, of a failure too.</param>
    private bool TryRun(out byte[] output, [NotNullWhen(false)] out Diagnostic? error)
    {
        output = [];
        using var printed = new PrintedCapture();
        var said = new List<string>();
        var command = DeviceCommand.Of(shell.Program, shell.Arguments) with
        {
            InputProducer = async (stream, cancellationToken) =>
                await stream.WriteAsync(Encoding.UTF8.GetBytes(CaptureScript.Text.ReplaceLineEndings("\n")), cancellationToken),
            OutputConsumer = printed.CollectAsync,
            OnError = said.Add,
            Timeout = Longest,
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

            error = Failed($"ended with exit code {result.ExitCode} and without a capture", said);
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
            error = Failed($"did not end within {Longest.TotalSeconds:0.#} seconds", said);
        }
        catch (DiagnosticException exception) when (exception.Diagnostics is [{ Code: DiagnosticCodes.ToolMissing }])
        {
            error = Diagnostic.Error(DiagnosticCodes.ToolMissing, $"the program {shell.Program} is not installed", shell.Program switch
            {
                "sh" => "install a shell",
                "adb" => "install adb (Debian: apt install adb)",
                _ => "install an ssh client",
            });
        }

        return false;
    }

    private Diagnostic Failed(string what, List<string> said) =>
        Diagnostic.Error(
            DiagnosticCodes.CaptureFailed, $"{shell.Program} {what}",
            "try the same by hand: the machine must be reachable and must not ask for a password") with
        {
            Details = [.. said.Where(line => line.Length > 0).TakeLast(5)],
        };
}
