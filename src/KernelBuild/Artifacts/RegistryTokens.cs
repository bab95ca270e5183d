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
    // looked for once, by the first of several requests that are refused at the same time
    private readonly Lazy<Task<RegistryLogin?>> _login = new(() => fromAddress is null
        ? RegistryCredentials.FindAsync(registry.Authority, repository, CancellationToken.None)
        : Task.FromResult<RegistryLogin?>(new RegistryLogin(fromAddress, null)));

    /// <summary>What the last challenge was answered with, which may do for the next request as well.</summary>
    public AuthenticationHeaderValue? Current { get; private set; }

    /// <summary>What a response with status 401 asks for; another request may get another answer meanwhile.</summary>
    /// <returns>Null when nothing new can be answered: no login for a Basic challenge, or a challenge of another kind.</returns>
    public async Task<AuthenticationHeaderValue?> AnswerAsync(HttpClient client, HttpResponseMessage refused, CancellationToken cancellationToken)
    {
        var login = await _login.Value.WaitAsync(cancellationToken);
        foreach (var challenge in refused.Headers.WwwAuthenticate)
        {
            if (challenge.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) && challenge.Parameter is { } text)
            {
                var parameters = Parameter().Matches(text).DistinctBy(match => match.Groups["name"].Value.ToUpperInvariant()).ToDictionary(
                    match => match.Groups["name"].Value, match => match.Groups["value"].Value, StringComparer.OrdinalIgnoreCase);
                return Current = new AuthenticationHeaderValue("Bearer", await TokenAsync(client, login, parameters, cancellationToken));
            }

            // one that was sent already is not what the registry wants
            if (challenge.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) && login?.Credentials is { } credentials
                && AuthenticationHeaderValue.Parse(credentials.Basic) is var answer && !answer.Equals(refused.RequestMessage?.Headers.Authorization))
            {
                return Current = answer;
            }
        }

        return null;
    }

    private async Task<string> TokenAsync(
        HttpClient client, RegistryLogin? login, Dictionary<string, string> challenge, CancellationToken cancellationToken)
    {
        if (!challenge.TryGetValue("realm", out var text) || !Uri.TryCreate(text, UriKind.Absolute, out var realm) || realm.Scheme is not ("http" or "https"))
        {
            throw Unusable("it names no server that gives tokens");
        }

        if (realm.Scheme == "http" && registry.Scheme == "https" && login is not null)
        {
            throw Unusable($"it wants its login sent in the clear, to {SourceAddress.Redacted(text)}");
        }

        var fields = new List<KeyValuePair<string, string>>();
        fields.AddRange(challenge.Where(pair => pair.Key is "service" or "scope"));
        if (!challenge.ContainsKey("scope"))
        {
            fields.Add(new("scope", $"repository:{repository}:pull,push"));
        }

        using var request = RequestOf(realm, login, fields);
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
                throw Unusable($"{realm.Host} gives no token ({(int)response.StatusCode}) {(login is null ? "without a login" : "for this login")}");
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
    private static HttpRequestMessage RequestOf(Uri realm, RegistryLogin? login, List<KeyValuePair<string, string>> fields)
    {
        if (login?.IdentityToken is { } identity)
        {
            return new HttpRequestMessage(HttpMethod.Post, realm)
            {
                Content = new FormUrlEncodedContent(
                    [.. fields, new("grant_type", "refresh_token"), new("refresh_token", identity), new("client_id", "kernelbuild")]),
            };
        }

        var query = string.Join('&', fields.Select(field => $"{field.Key}={Uri.EscapeDataString(field.Value)}"));
        var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(realm) { Query = $"{realm.Query.TrimStart('?')}&{query}".TrimStart('&') }.Uri);
        if (login?.Credentials is { } credentials)
        {
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(credentials.Basic);
        }

        return request;
    }

    private Diagnostics.DiagnosticException Unusable(string why) => StoreAddress.Unusable($"{registry.Authority}/{repository}", why);

    [GeneratedRegex("""(?<name>[A-Za-z_]+)\s*=\s*(?:"(?<value>[^"]*)"|(?<value>[^\s",]+))""")]
    private static partial Regex Parameter();
}
