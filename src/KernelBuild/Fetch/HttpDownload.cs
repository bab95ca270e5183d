using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Fetch;

/// <summary>
/// One file by http(s). A connection that is cut or stands still is taken up where it ended, a busy server is asked again when it
/// says so, and a server that wants a login gets one from the URL, ~/.netrc or git's credential helpers, in this order.
/// </summary>
internal sealed class HttpDownload(SourceAddress address, string part, NetworkSettings network, IBuildLog log) : IDisposable
{
    /// <summary>Each of them brought at least one byte more.</summary>
    private const int MostConnections = 1000;

    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Uri _location = new(address.Url);
    private readonly LoginSearch _logins = new(address, network);
    private UrlCredentials? _login;

    public void Dispose() => _client.Dispose();

    /// <summary>Brings the part to its end.</summary>
    /// <exception cref="DiagnosticException">KB1003.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _login ??= _logins.Known();
        var fruitless = 0;
        for (var connection = 1; ; connection++)
        {
            var before = LengthOfPart();
            TimeSpan? asked = null;
            Exception failure;
            try
            {
                using var response = await AskAsync(before, cancellationToken);
                if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
                    && await _logins.NextAsync(cancellationToken) is { } other)
                {
                    _login = other;
                    continue;
                }

                if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                {
                    // all of it is there already, or more than there should be: the digest decides
                    return;
                }

                asked = RetryAfter(response);
                response.EnsureSuccessStatusCode();
                await ReceiveAsync(response, before, cancellationToken);
                await _logins.ConfirmAsync(cancellationToken);
                return;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException && e is not FileNotFoundException
                && !DiskSpace.IsExhausted(e))
            {
                failure = e;
            }

            fruitless = LengthOfPart() > before ? 1 : fruitless + 1;
            if (!IsTransient(failure) || fruitless >= network.Attempts || connection >= MostConnections)
            {
                throw Failed(failure);
            }

            var wait = asked is { } told ? (told < network.LongestWait ? told : network.LongestWait) : network.WaitAfter(fruitless);
            log.Status(string.Create(
                CultureInfo.InvariantCulture, $"{address.Display}: {failure.Message}; trying again in {wait.TotalSeconds:0.#} s"));
            await Task.Delay(wait, cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> AskAsync(long have, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _location);
        request.Headers.UserAgent.ParseAdd("KernelBuild");
        if (have > 0)
        {
            request.Headers.Range = new RangeHeaderValue(have, null);
        }

        if (_login is not null)
        {
            // HttpClient leaves it out when a redirection leads elsewhere
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(_login.Basic);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(network.Stall);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"no answer came for {network.Stall.TotalSeconds:0} s"));
        }
    }

    private async Task ReceiveAsync(HttpResponseMessage response, long have, CancellationToken cancellationToken)
    {
        var goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == have;
        await using var file = new FileStream(part, goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.None);
        using var watched = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var watch = new StallWatch(network.Stall, NetworkSettings.LowSpeed, watched);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(watched.Token);
            long? total = response.Content.Headers.ContentLength is { } length ? (goesOn ? have : 0) + length : null;
            var rate = new TransferRate(TimeProvider.System);
            var buffer = new byte[1 << 17];
            int read;
            rate.Describe(file.Length, total);
            while ((read = await body.ReadAsync(buffer, watched.Token)) > 0)
            {
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                watch.Saw(file.Length);
                log.Progress(
                    $"downloading {Path.GetFileName(_location.LocalPath)}: {rate.Describe(file.Length, total)}",
                    total > 0 ? Math.Min(1, (double)file.Length / total.Value) : null);
            }

            if (total is { } all && file.Length < all)
            {
                throw new IOException("the connection ended early");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(watch.Reason);
        }
    }

    private long LengthOfPart() => File.Exists(part) ? new FileInfo(part).Length : 0;

    /// <summary>RFC 9110, 10.2.3: seconds or a date.</summary>
    private static TimeSpan? RetryAfter(HttpResponseMessage response) =>
        response.Headers.RetryAfter is not { } after ? null
        : after.Delta ?? (after.Date is { } date ? TimeSpan.FromTicks(Math.Max(0, (date - DateTimeOffset.UtcNow).Ticks)) : null);

    private static bool IsTransient(Exception failure) => failure switch
    {
        HttpRequestException { StatusCode: { } status } => (int)status is 408 or 425 or 429 or 500 or 502 or 503 or 504,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError } => false,
        _ => true,
    };

    private DiagnosticException Failed(Exception failure) => new(
        Diagnostic.Error(
            DiagnosticCodes.DownloadFailed,
            $"{address.Display} cannot be fetched: {failure.Message}",
            failure is HttpRequestException { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden }
                ? "give a login: a credential helper of git, ~/.netrc, or user:token@ in the URL, which is kept out of every file and message"
                : "check the network and the address; run again, and the download goes on where it stopped"),
        failure);
}
