using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using KernelBuild.Fetch;

namespace KernelBuild.Artifacts;

/// <summary>
/// Answers a registry that asks who it is: with the login itself (Basic), or with a token that the named server gives for it (Bearer).
/// Sources: "Token Authentication Specification" and "Token OAuth2" of the distribution project, RFC 9110 section 11.
/// </summary>
/// <param name="registry">Without login.</param>
/// <param name="fromAddress">The login that the store's address had; it wins over those of files.</param>
internal sealed partial class RegistryTokens(Uri registry, string repository, UrlCredentials? fromAddress)
{
    private RegistryLogin? _login = fromAddress is null ? null : new RegistryLogin(fromAddress, null);
    private bool _isSearched = fromAddress is not null;

    /// <summary>What the last challenge was answered with; the registry may want less for what it holds open to all.</summary>
    public AuthenticationHeaderValue? Current { get; private set; }

    /// <summary>Sets <see cref="Current"/> to what a response with status 401 asks for.</summary>
    /// <returns>False when nothing can be answered: no login for a Basic challenge, or a challenge of another kind.</returns>
    public async Task<bool> AnswerAsync(HttpClient client, HttpResponseMessage refused, CancellationToken cancellationToken)
    {
        if (!_isSearched)
        {
            _isSearched = true;
            _login = await RegistryCredentials.FindAsync(registry.Authority, repository, cancellationToken);
        }

        foreach (var challenge in refused.Headers.WwwAuthenticate)
        {
            if (challenge.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) && challenge.Parameter is { } text)
            {
                var parameters = Parameter().Matches(text).DistinctBy(match => match.Groups["name"].Value.ToUpperInvariant()).ToDictionary(
                    match => match.Groups["name"].Value, match => match.Groups["value"].Value, StringComparer.OrdinalIgnoreCase);
                Current = new AuthenticationHeaderValue("Bearer", await TokenAsync(client, parameters, cancellationToken));
                return true;
            }

            if (challenge.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) && _login?.Credentials is { } credentials)
            {
                var answer = AuthenticationHeaderValue.Parse(credentials.Basic);

                // it was sent already, and is not what the registry wants
                var isNew = !answer.Equals(Current);
                Current = answer;
                return isNew;
            }
        }

        return false;
    }

    private async Task<string> TokenAsync(HttpClient client, Dictionary<string, string> challenge, CancellationToken cancellationToken)
    {
        if (!challenge.TryGetValue("realm", out var text) || !Uri.TryCreate(text, UriKind.Absolute, out var realm) || realm.Scheme is not ("http" or "https"))
        {
            throw Unusable("it names no server that gives tokens");
        }

        if (realm.Scheme == "http" && registry.Scheme == "https" && _login is not null)
        {
            throw Unusable($"it wants its login sent in the clear, to {SourceAddress.Redacted(text)}");
        }

        var fields = new List<KeyValuePair<string, string>>();
        fields.AddRange(challenge.Where(pair => pair.Key is "service" or "scope"));
        if (!challenge.ContainsKey("scope"))
        {
            fields.Add(new("scope", $"repository:{repository}:pull,push"));
        }

        using var request = RequestOf(realm, fields);
        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(request, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException
            || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw Unusable($"{realm.Host}, which gives its tokens, does not answer");
        }

        using (response)
        {
            if (!response.IsSuccessStatusCode)
            {
                throw Unusable($"{realm.Host} gives no token ({(int)response.StatusCode}) {(_login is null ? "without a login" : "for this login")}");
            }

            try
            {
                using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
                foreach (var name in (string[])["token", "access_token"])
                {
                    if (document.RootElement.TryGetProperty(name, out var token) && token.GetString() is { Length: > 0 } value
                        && value.All(c => c is > ' ' and <= '~'))
                    {
                        return value;
                    }
                }
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or HttpRequestException or IOException)
            {
                // said below
            }

            throw Unusable($"{realm.Host} answers without a token");
        }
    }

    /// <summary>A refresh token goes by POST (OAuth2); all else is asked by GET, with the login when there is one.</summary>
    private HttpRequestMessage RequestOf(Uri realm, List<KeyValuePair<string, string>> fields)
    {
        if (_login?.IdentityToken is { } identity)
        {
            return new HttpRequestMessage(HttpMethod.Post, realm)
            {
                Content = new FormUrlEncodedContent(
                    [.. fields, new("grant_type", "refresh_token"), new("refresh_token", identity), new("client_id", "kernelbuild")]),
            };
        }

        var query = string.Join('&', fields.Select(field => $"{field.Key}={Uri.EscapeDataString(field.Value)}"));
        var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(realm) { Query = $"{realm.Query.TrimStart('?')}&{query}".TrimStart('&') }.Uri);
        if (_login?.Credentials is { } credentials)
        {
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(credentials.Basic);
        }

        return request;
    }

    private Diagnostics.DiagnosticException Unusable(string why) => StoreAddress.Unusable($"{registry.Authority}/{repository}", why);

    [GeneratedRegex("""(?<name>[A-Za-z_]+)\s*=\s*(?:"(?<value>[^"]*)"|(?<value>[^\s",]+))""")]
    private static partial Regex Parameter();
}
