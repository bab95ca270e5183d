using System.Text;

namespace KernelBuild.Fetch;

/// <summary>A login for one server. It has no text form, so that no message can show it by accident.</summary>
/// <param name="password">Null when the password is to be asked of git's credential helpers or ~/.netrc.</param>
public sealed class UrlCredentials(string user, string? password)
{
    public string User { get; } = user;

    public string? Password { get; } = password;

    /// <summary>The value of an Authorization header (RFC 7617), user and password as UTF-8.</summary>
    public string Basic => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));

    public override string ToString() => "…";
}
