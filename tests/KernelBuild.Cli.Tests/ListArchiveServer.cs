using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;

namespace KernelBuild.Cli.Tests;

/// <summary>Answers as public-inbox does: below a message ID, t.mbox.gz is its thread.</summary>
internal sealed class ListArchiveServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly string _message;
    private readonly byte[] _thread;
    private readonly string _address;

    public ListArchiveServer(string message, byte[] thread)
    {
        _message = message;
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(thread);
        }

        _thread = packed.ToArray();
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
        }

        _listener.Prefixes.Add(_address);
        _listener.Start();
        _ = ServeAsync();
    }

    /// <summary>b4's settings, as git takes them from the environment.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings =>
        [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "b4.midmask"), ("GIT_CONFIG_VALUE_0", _address + "all/%s")];

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
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var (path, response) = (Uri.UnescapeDataString(context.Request.Url!.AbsolutePath), context.Response);
            if (path == $"/all/{_message}/t.mbox.gz")
            {
                response.ContentLength64 = _thread.Length;
                await response.OutputStream.WriteAsync(_thread);
            }
            else
            {
                response.StatusCode = 404;
            }

            response.Close();
        }
    }
}
