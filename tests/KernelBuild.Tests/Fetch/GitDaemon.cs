using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace KernelBuild.Tests.Fetch;

/// <summary>git's own server for the repositories below a folder.</summary>
internal sealed class GitDaemon : IDisposable
{
    private readonly Process _process;
    private bool _disposed;

    public GitDaemon(string folder)
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var program = Path.Combine(Oracle.Git("/", "--exec-path"), "git-daemon");
        var start = new ProcessStartInfo(
            program,
            [
                "--listen=127.0.0.1", $"--port={Port.ToString(CultureInfo.InvariantCulture)}", "--export-all", "--reuseaddr",
                "--base-path=" + folder, folder,
            ])
        {
            RedirectStandardError = true,
        };
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_COUNT"] = "1";
        start.Environment["GIT_CONFIG_KEY_0"] = "safe.directory";
        start.Environment["GIT_CONFIG_VALUE_0"] = "*";
        _process = Process.Start(start)!;
        _process.BeginErrorReadLine();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var probe = new TcpClient("127.0.0.1", Port);
                return;
            }
            catch (SocketException) when (attempt < 200)
            {
                Thread.Sleep(50);
            }
        }
    }

    public int Port { get; }

    public string Url(string repository) => string.Create(CultureInfo.InvariantCulture, $"git://127.0.0.1:{Port}/{repository}");

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
