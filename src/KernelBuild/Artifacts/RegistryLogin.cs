using KernelBuild.Fetch;

namespace KernelBuild.Artifacts;

/// <summary>What proves to a registry who asks; one of both.</summary>
/// <param name="Credentials">User and password, sent as they are or exchanged for a token of an hour.</param>
/// <param name="IdentityToken">An OAuth2 refresh token, which is exchanged for such a token.</param>
internal sealed record RegistryLogin(UrlCredentials? Credentials, string? IdentityToken)
{
    public override string ToString() => "…";
}
