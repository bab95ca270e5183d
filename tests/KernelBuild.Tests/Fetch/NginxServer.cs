using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace KernelBuild.Tests.Fetch;

/// <summary>
/// nginx in front of git's http-backend (behind fcgiwrap), as a company has it: repositories below /git/, files below /files/, both for a login;
/// what moved to another server below /moved/.
/// </summary>
internal sealed class NginxServer : IDisposable
{
    private readonly TestFolder _files = new();
    private readonly Process[] _processes;

    /// <param name="folder">Of the repositories and files.</param>
    /// <param name="login">user:password.</param>
    /// <param name="other">Where /moved/ leads to: a URL that ends with a slash.</param>
    public NginxServer(string folder, string login, string other)
    {
        Port = Loopback.FreePort();
        var parts = login.Split(':', 2);
        var hash = Oracle.Text("/", "openssl", "passwd", "-apr1", parts[1]).Trim();
        var here = _files.Path;
        // nginx may drop its rights to those of another user
        File.SetUnixFileMode(here, (UnixFileMode)0b111_101_101);
        _files.Write("logins", $"{parts[0]}:{hash}\n");
        _files.Write("nginx.conf", $$"""
            daemon off; master_process off; pid {{here}}/pid; error_log {{here}}/error.log;
            events { }
            http {
              access_log {{here}}/access.log;
              client_body_temp_path {{here}}/body; proxy_temp_path {{here}}/proxy; fastcgi_temp_path {{here}}/fastcgi;
              uwsgi_temp_path {{here}}/uwsgi; scgi_temp_path {{here}}/scgi;
              server {
                listen 127.0.0.1:{{Port}};
                location ~ ^/git(/.*) {
                  auth_basic "kernels"; auth_basic_user_file {{here}}/logins;
                  fastcgi_pass unix:{{here}}/socket;
                  fastcgi_param SCRIPT_FILENAME {{Oracle.Git("/", "--exec-path")}}/git-http-backend;
                  fastcgi_param GIT_PROJECT_ROOT {{folder}};
                  fastcgi_param GIT_HTTP_EXPORT_ALL 1;
                  fastcgi_param PATH_INFO $1;
                  fastcgi_param QUERY_STRING $query_string;
                  fastcgi_param REQUEST_METHOD $request_method;
                  fastcgi_param CONTENT_TYPE $content_type;
                  fastcgi_param CONTENT_LENGTH $content_length;
                  fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
                  fastcgi_param GIT_PROTOCOL $http_git_protocol;
                  fastcgi_param REMOTE_USER $remote_user;
                }
                location /files/ { auth_basic "kernels"; auth_basic_user_file {{here}}/logins; alias {{folder}}/; }
                location ~ ^/moved/(.*) { return 301 {{other}}$1$is_args$args; }
              }
            }

            """);
        _processes =
        [
            Start("fcgiwrap", "-s", $"unix:{here}/socket"),
            Start("nginx", "-p", here, "-c", Path.Combine(here, "nginx.conf")),
        ];
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var client = new TcpClient("127.0.0.1", Port);
                break;
            }
            catch (SocketException) when (tries < 200)
            {
                Thread.Sleep(50);
            }
        }
    }

    public int Port { get; }

    public string Url(string path, string login = "") =>
        string.Create(CultureInfo.InvariantCulture, $"http://{(login.Length > 0 ? login + "@" : "")}127.0.0.1:{Port}/{path}");

    /// <summary>What nginx wrote of its requests.</summary>
    public string[] Requests => File.ReadAllLines(_files["access.log"]);

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }

        _files.Dispose();
    }

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(
            ((string[])["/usr/bin", "/usr/sbin"]).Select(folder => Path.Combine(folder, program)).First(File.Exists), arguments)
        {
            RedirectStandardError = true,
        };
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_COUNT"] = "1";
        start.Environment["GIT_CONFIG_KEY_0"] = "safe.directory";
        start.Environment["GIT_CONFIG_VALUE_0"] = "*";
        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        return process;
    }
}
