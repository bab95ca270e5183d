using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace KernelBuild.Testing.Caching;

/// <summary>A real server of a shared compiler cache on this machine, in a folder of its own, ended with the test.</summary>
public sealed class CacheServer : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kernelbuild-cache-server-");
    private Process? _process;

    private CacheServer() => Port = Loopback.FreePort();

    public int Port { get; }

    public string Folder => _folder.FullName;

    /// <summary>redis-server with a password, without a file.</summary>
    public static CacheServer Redis(string password)
    {
        var server = new CacheServer();
        server.Start("redis-server", "--port", $"{server.Port}", "--bind", "127.0.0.1", "--save", "", "--requirepass", password);
        return server;
    }

    /// <summary>nginx as ccache's manual has it: files below /, PUT unless it is read-only.</summary>
    public static CacheServer Nginx(bool isReadOnly)
    {
        var server = new CacheServer();
        var folder = server.Folder;
        server._folder.CreateSubdirectory("data");
        // nginx may drop its rights to those of another user
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(Path.Combine(folder, "data"), (UnixFileMode)0b111_111_111);
        File.WriteAllText(Path.Combine(folder, "nginx.conf"), $$"""
            daemon off; master_process off; pid {{folder}}/pid; error_log {{folder}}/error.log;
            events { }
            http {
              access_log {{folder}}/access.log;
              client_body_temp_path {{folder}}/body; proxy_temp_path {{folder}}/proxy; fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi; scgi_temp_path {{folder}}/scgi;
              server {
                listen 127.0.0.1:{{server.Port}};
                location / { root {{folder}}/data; {{(isReadOnly ? "limit_except GET { deny all; }" : "dav_methods PUT DELETE; create_full_put_path on; client_max_body_size 1G;")}} }
              }
            }

            """);
        server.Start(Oracle.IsInstalled("nginx") ? "nginx" : "/usr/sbin/nginx", "-p", folder, "-c", Path.Combine(folder, "nginx.conf"));
        return server;
    }

    /// <summary>As a crash ends it.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>As an overloaded machine has it: connections are taken, nothing is answered.</summary>
    public void Hang() => Oracle.Text("/", "kill", "-STOP", $"{_process!.Id}");

    public void Dispose()
    {
        if (!_process!.HasExited)
        {
            Kill();
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Start(string program, params string[] arguments)
    {
        string[] quiet = ["-c", "exec \"$0\" \"$@\" >server.log 2>&1", program, .. arguments];
        _process = Process.Start(new ProcessStartInfo("sh", quiet) { WorkingDirectory = Folder })!;
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(20); Thread.Sleep(20))
        {
            try
            {
                using var client = new TcpClient();
                client.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException)
            {
                // not yet
            }
        }

        throw new InvalidOperationException(File.ReadAllText(Path.Combine(Folder, "server.log")));
    }
}
