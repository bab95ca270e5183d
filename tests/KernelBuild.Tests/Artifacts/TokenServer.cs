using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Web;

namespace KernelBuild.Tests.Artifacts;

/// <summary>
/// Gives signed tokens as the distribution project specifies them, to one user. The registry checks signature, issuer, audience, time and
/// granted actions with the certificate that it was started with.
/// </summary>
internal sealed class TokenServer : IDisposable
{
    public const string Issuer = "tokens of a test";
    public const string IdentityToken = "refresh-token-of-a-test";

    private readonly HttpListener _listener = new();
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;
    private readonly string _login;
    private readonly Task _serving;

    public TokenServer(TestFolder folder, string user, string password)
    {
        _login = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        _certificate = new CertificateRequest("CN=tokens", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        Certificate = folder.Write("tokens.pem", _certificate.ExportCertificatePem());
        Realm = $"http://127.0.0.1:{Loopback.FreePort()}/token";
        _listener.Prefixes.Add(Realm + "/");
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Realm { get; }

    /// <summary>PEM, for the registry's rootcertbundle.</summary>
    public string Certificate { get; }

    public ConcurrentBag<string> Asked { get; } = [];

    public int Given => Asked.Count;

    public void Dispose()
    {
        _listener.Stop();
        _serving.Wait(TimeSpan.FromSeconds(10));
        _listener.Close();
        _certificate.Dispose();
        _key.Dispose();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
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

            using var body = new StreamReader(context.Request.InputStream);
            var fields = context.Request.HttpMethod == "POST"
                ? HttpUtility.ParseQueryString(await body.ReadToEndAsync()) : context.Request.QueryString;
            var isKnown = context.Request.HttpMethod == "POST"
                ? fields["grant_type"] == "refresh_token" && fields["refresh_token"] == IdentityToken
                : context.Request.Headers["Authorization"] == _login;
            if (!isKnown)
            {
                context.Response.StatusCode = 401;
            }
            else
            {
                var scope = fields["scope"];
                if (scope is not null)
                {
                    Asked.Add(scope);
                }

                await JsonSerializer.SerializeAsync(
                    context.Response.OutputStream,
                    new Dictionary<string, string> { [context.Request.HttpMethod == "POST" ? "access_token" : "token"] = TokenOf(fields["service"]!, scope) });
            }

            context.Response.Close();
        }
    }

    private string TokenOf(string service, string? scope)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var header = new Dictionary<string, object>
        {
            ["typ"] = "JWT",
            ["alg"] = "RS256",
            ["x5c"] = new[] { Convert.ToBase64String(_certificate.RawData) },
        };
        var claims = new Dictionary<string, object>
        {
            ["iss"] = Issuer,
            ["sub"] = "kernel",
            ["aud"] = service,
            ["nbf"] = now - 60,
            ["iat"] = now - 60,
            ["exp"] = now + 300,
            ["jti"] = now.ToString(CultureInfo.InvariantCulture),
            ["access"] = scope?.Split(':') is [var type, var name, var actions]
                ? new[] { new Dictionary<string, object> { ["type"] = type, ["name"] = name, ["actions"] = actions.Split(',') } }
                : [],
        };
        var signed = $"{Part(header)}.{Part(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Part(Dictionary<string, object> content) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(content));
}
