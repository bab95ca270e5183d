using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KernelBuild.Tests.Fetch;

/// <summary>git's own http-backend behind a small HTTP server that can ask for a login and be busy. Plain files are served as they are.</summary>
internal sealed class GitHttpServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly string _folder;

    public GitHttpServer(string folder)
    {
        _folder = folder;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/"));
        _listener.Start();
        _ = ServeAsync();
    }

    public int Port { get; }

    /// <summary>user:password that every request must carry; null for everybody.</summary>
    public string? Login { get; init; }

    /// <summary>Answers given before the real one: a status for each request.</summary>
    public Queue<int> Refusals { get; } = new();

    /// <summary>Seconds in the Retry-After of a refusal; null for none.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Serve the files of the repository and no git protocol.</summary>
    public bool IsDumb { get; init; }

    public int Requests { get; private set; }

    /// <summary>Path, query and headers of each request: what a login must not be in, and where it must be.</summary>
    public List<string> Seen { get; } = [];

    public string Url(string repository) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/{repository}");

    public string Url(string login, string repository) => Url(repository).Replace("://", $"://{login}@", StringComparison.Ordinal);

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            _ = AnswerAsync(context);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            Requests++;
            Seen.Add(context.Request.RawUrl + "\n" + context.Request.Headers);
            if (Refusals.TryDequeue(out var refusal))
            {
                context.Response.StatusCode = refusal;
                if (RetryAfter is { } seconds)
                {
                    context.Response.Headers["Retry-After"] = seconds.ToString(CultureInfo.InvariantCulture);
                }
            }
            else if (Login is not null
                && context.Request.Headers["Authorization"] != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(Login)))
            {
                context.Response.StatusCode = 401;
                context.Response.Headers["WWW-Authenticate"] = "Basic realm=\"kernels\"";
            }
            else if (IsDumb || File.Exists(_folder + context.Request.Url!.LocalPath))
            {
                await SendFileAsync(context);
            }
            else
            {
                await RunBackendAsync(context);
            }

            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // the client, or the test, has gone
        }
    }

    private async Task SendFileAsync(HttpListenerContext context)
    {
        var file = _folder + context.Request.Url!.LocalPath;
        if (!File.Exists(file))
        {
            context.Response.StatusCode = 404;
            return;
        }

        var content = await File.ReadAllBytesAsync(file);
        context.Response.ContentLength64 = content.Length;
        await context.Response.OutputStream.WriteAsync(content);
    }

    /// <summary>RFC 3875: the request as variables and standard input, the answer as headers, an empty line and a body.</summary>
    private async Task RunBackendAsync(HttpListenerContext context)
    {
        var start = new ProcessStartInfo("git", ["http-backend"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in new Dictionary<string, string?>
        {
            ["GIT_PROJECT_ROOT"] = _folder,
            ["GIT_HTTP_EXPORT_ALL"] = "1",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_CONFIG_COUNT"] = "1",
            ["GIT_CONFIG_KEY_0"] = "safe.directory",
            ["GIT_CONFIG_VALUE_0"] = "*",
            ["PATH_INFO"] = context.Request.Url!.LocalPath,
            ["QUERY_STRING"] = context.Request.Url.Query.TrimStart('?'),
            ["REQUEST_METHOD"] = context.Request.HttpMethod,
            ["CONTENT_TYPE"] = context.Request.ContentType ?? "",
            ["HTTP_CONTENT_ENCODING"] = context.Request.Headers["Content-Encoding"],
            ["GIT_PROTOCOL"] = context.Request.Headers["Git-Protocol"],
            ["REMOTE_ADDR"] = "127.0.0.1",
        })
        {
            if (value is not null)
            {
                start.Environment[name] = value;
            }
        }

        using var backend = Process.Start(start)!;
        backend.BeginErrorReadLine();
        await context.Request.InputStream.CopyToAsync(backend.StandardInput.BaseStream);
        backend.StandardInput.Close();
        using var answer = new MemoryStream();
        await backend.StandardOutput.BaseStream.CopyToAsync(answer);
        var bytes = answer.ToArray();
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        foreach (var line in Encoding.ASCII.GetString(bytes, 0, end).Split("\r\n"))
        {
            var parts = line.Split(": ", 2);
            if (parts[0] == "Status")
            {
                context.Response.StatusCode = int.Parse(parts[1].Split(' ')[0], CultureInfo.InvariantCulture);
            }
            else if (parts[0] == "Content-Type")
            {
                context.Response.ContentType = parts[1];
            }
        }

        await context.Response.OutputStream.WriteAsync(bytes.AsMemory(end + 4));
    }
}
