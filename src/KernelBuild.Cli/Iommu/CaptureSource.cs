using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Iommu.Capturing;

namespace KernelBuild.Cli.Iommu;

/// <summary>Where a capture comes from: files, or a shell here, behind adb, or behind ssh, to which the capture script is fed.</summary>
internal sealed record CaptureSource(string[] Files, bool Local, bool Adb, string? Serial, string? Ssh)
{
    /// <summary>A phone answers within seconds; a machine that sleeps never does.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public bool TryRead([NotNullWhen(true)] out Capture? capture, [NotNullWhen(false)] out Diagnostic? error)
    {
        capture = null;
        var ways = (Files.Length > 0 ? 1 : 0) + (Local ? 1 : 0) + (Adb ? 1 : 0) + (Ssh is null ? 0 : 1);
        if (ways != 1 || Files.Length > 1)
        {
            error = Diagnostic.Error(DiagnosticCodes.UsageInvalid, "name one source of the capture", "give one FILE, --local, --adb or --ssh HOST");
            return false;
        }

        if (Files is [var file])
        {
            if (!InputFile.TryRead(file, out var bytes, out error))
            {
                return false;
            }

            if (CaptureReader.TryRead(bytes, out capture, out error))
            {
                return true;
            }

            error = error with { File = file };
            return false;
        }

        return TryRun(out var output, out error) && CaptureReader.TryRead(output, out capture, out error);
    }

    private (string Program, string[] Arguments) Shell =>
        Local ? ("sh", ["-s"])
        : Adb ? ("adb", [.. Serial is null ? (string[])[] : ["-s", Serial], "shell", "if su -c true >/dev/null 2>&1; then su -c sh; elif su 0 true >/dev/null 2>&1; then su 0 sh; else sh; fi"])
        : ("ssh", ["-o", "BatchMode=yes", "--", Ssh!, "if [ $(id -u) != 0 ] && sudo -n true 2>/dev/null; then sudo -n sh -s; else sh -s; fi"]);

    private bool TryRun([NotNullWhen(true)] out byte[]? output, [NotNullWhen(false)] out Diagnostic? error)
    {
        output = null;
        error = null;
        var (program, arguments) = Shell;
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.Latin1 };
            start.Environment["LC_ALL"] = "C";
            using var process = Process.Start(start)!;
            var said = process.StandardError.ReadToEndAsync();
            var reading = process.StandardOutput.ReadToEndAsync();
            Feed(process);
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                error = Failed(program, $"did not end within {Patience.TotalMinutes} minutes", "");
                return false;
            }

            output = Encoding.Latin1.GetBytes(reading.GetAwaiter().GetResult());
            if (CaptureScript.IsOutput(output))
            {
                return true;
            }

            error = Failed(program, $"ended with {process.ExitCode} and gave no capture", said.GetAwaiter().GetResult());
            output = null;
            return false;
        }
        catch (Win32Exception)
        {
            error = Diagnostic.Error(DiagnosticCodes.ToolMissing, $"the program {program} is not installed", $"install {(program == "sh" ? "a shell" : program == "adb" ? "adb (Debian: apt install adb)" : "an ssh client")}");
            return false;
        }
    }

    private static void Feed(Process process)
    {
        try
        {
            process.StandardInput.NewLine = "\n";
            process.StandardInput.Write(CaptureScript.Text.ReplaceLineEndings("\n"));
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // a shell that ends early says why on its standard error
        }
    }

    private static Diagnostic Failed(string program, string what, string said) =>
        Diagnostic.Error(DiagnosticCodes.CaptureFailed, $"{program} {what}", "try the same by hand: the machine must be reachable, and let you in without a password") with
        {
            Details = [.. said.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(5)],
        };
}
