using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using KernelBuild.Fetch;

namespace KernelBuild.Artifacts;

/// <summary>Requests to a store's server: its login, patience with a busy server, KB9045 for one that refuses.</summary>
internal sealed class StoreServer : IDisposable
{
    private const int Attempts = 4;

    private readonly HttpClient _client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        // a blob may be large; a server that says nothing for so long says nothing any more
        Timeout = TimeSpan.FromMinutes(10),
    };

    private readonly SourceAddress _address;
    private readonly RegistryTokens? _registry;

    /// <param name="url">http(s)://[USER:PASSWORD@]HOST/PATH[?QUERY].</param>
    /// <param name="isRegistry">The path is a repository, and a login is given when it is asked for, in the form that is asked for.</param>
    public StoreServer(string url, bool isRegistry = false)
    {
        try
        {
            _address = SourceAddress.Parse(url);
            Base = new Uri(_address.Url);
            _registry = isRegistry ? new RegistryTokens(Base, Base.AbsolutePath.Trim('/'), _address.Credentials) : null;
        }
        catch (FormatException e)
        {
            throw StoreAddress.Unusable(url, e.Message, e);
        }
    }

    /// <summary>Without login.</summary>
    public Uri Base { get; }

    public string Display => _address.Display;

    /// <summary>Below the base, with the base's query, which may be a token.</summary>
    public Uri UriOf(string path) => new UriBuilder(Base) { Path = Base.AbsolutePath.TrimEnd('/') + "/" + path }.Uri;

    /// <param name="request">Made anew for each attempt, as its content is read.</param>
    /// <param name="answers">Status codes besides those of success that are answers.</param>
    public async Task<HttpResponseMessage> SendAsync(
        Func<HttpRequestMessage> request, CancellationToken cancellationToken, params HttpStatusCode[] answers)
    {
        AuthenticationHeaderValue? answer = null;
        for (var attempt = 1; ; attempt++)
        {
            HttpResponseMessage? response = null;
            string why;
            try
            {
                using var message = request();
                if (message.RequestUri!.Authority == Base.Authority)
                {
                    message.Headers.Authorization = answer ?? Authorization;
                }

                response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (response.IsSuccessStatusCode || answers.Contains(response.StatusCode))
                {
                    return response;
                }

                if (response.StatusCode == HttpStatusCode.Unauthorized && answer is null && _registry is not null
                    && message.RequestUri.Authority == Base.Authority)
                {
                    answer = await _registry.AnswerAsync(_client, response, cancellationToken);
                    if (answer is not null)
                    {
                        response.Dispose();
                        attempt--;
                        continue;
                    }
                }

                why = string.Create(
                    CultureInfo.InvariantCulture,
                    $"the server answers {(int)response.StatusCode} {response.ReasonPhrase} to {message.Method}");
            }
            catch (Exception e) when (e is HttpRequestException or IOException
                || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
            {
                why = SourceAddress.Redacted(e.Message);
            }

            var isBusy = response is null || (int)response.StatusCode is 408 or 429 or >= 500;
            response?.Dispose();
            if (!isBusy || attempt == Attempts)
            {
                throw StoreAddress.Unusable(Display, why);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250 << attempt), cancellationToken);
        }
    }

    /// <summary>Copies what an address gives into a stream; false when there is nothing.</summary>
    public async Task<bool> CopyAsync(Uri address, Stream target, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, address), cancellationToken, HttpStatusCode.NotFound);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }

        try
        {
            await response.Content.CopyToAsync(target, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw StoreAddress.Unusable(Display, "a transfer broke off", e);
        }
    }

    /// <summary>Whether something of that many bytes is at an address.</summary>
    public async Task<bool> HoldsAsync(Uri address, long size, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Head, address), cancellationToken, HttpStatusCode.NotFound);
        return response.IsSuccessStatusCode && response.Content.Headers.ContentLength == size;
    }

    public void Dispose() => _client.Dispose();

    private AuthenticationHeaderValue? Authorization => _registry is not null ? _registry.Current
        : _address.Credentials is { } login ? AuthenticationHeaderValue.Parse(login.Basic)
        : null;
}
