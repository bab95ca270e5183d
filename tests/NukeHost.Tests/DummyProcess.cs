using System.Diagnostics;

namespace NukeHost.Tests;

/// <summary>The dummy build as a process of its own.</summary>
internal sealed class DummyProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly List<string> _lines = [];

    private DummyProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public string Output => string.Concat(_lines.Select(line => line + "\n"));

    public static DummyProcess Start(string workingDirectory, params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "NukeHost.Tests.Dummy" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        return new DummyProcess(Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // whatever runs the tests
            Environment = { ["NUKE_HOST"] = "Terminal", ["GITHUB_ACTIONS"] = null },
        })!);
    }

    /// <summary>Reads up to the line that holds the text.</summary>
    public async Task WaitForLineAsync(string text)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await _process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            _lines.Add(line);
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return;
            }
        }

        throw new InvalidOperationException($"The process ended without '{text}':\n{Output}");
    }

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Reads to the end.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> EndAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await _process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            _lines.Add(line);
        }

        await _process.WaitForExitAsync(timeout.Token);
        return (_process.ExitCode, Output, await _errors);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
