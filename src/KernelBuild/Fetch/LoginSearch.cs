using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Fetch;

/// <summary>Logins for one server: of the URL, of ~/.netrc, of git's credential helpers.</summary>
internal sealed class LoginSearch(SourceAddress address, NetworkSettings network)
{
    private bool _helpersAsked;
    private UrlCredentials? _fromHelper;

    /// <summary>What can be sent at once, without the server having asked; null when there is none.</summary>
    public UrlCredentials? Known() =>
        address.Credentials is { Password: not null } own ? own
        : NetRc.Find(network.Environment, new Uri(address.Url).Host, address.Credentials?.User);

    /// <summary>What a credential helper gives after the server has refused; null when there is none, or it was refused, too.</summary>
    public async Task<UrlCredentials?> NextAsync(CancellationToken cancellationToken)
    {
        if (_helpersAsked)
        {
            if (_fromHelper is not null)
            {
                await TellAsync("reject", _fromHelper, cancellationToken);
            }

            return null;
        }

        _helpersAsked = true;
        var known = address.Credentials?.User is { } user ? new UrlCredentials(user, null) : null;
        var lines = (await TellAsync("fill", known, cancellationToken))?.Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2)
            .ToLookup(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
        _fromHelper = lines?["username"].FirstOrDefault() is { } name && lines["password"].FirstOrDefault() is { } password
            ? new UrlCredentials(name, password)
            : null;
        return _fromHelper;
    }

    /// <summary>The server took it: a helper may keep it.</summary>
    public async Task ConfirmAsync(CancellationToken cancellationToken)
    {
        if (_fromHelper is not null)
        {
            await TellAsync("approve", _fromHelper, cancellationToken);
        }
    }

    /// <returns>Lines of the answer; null when git has none.</returns>
    /// <remarks>Source: git-credential(1), its input and output format.</remarks>
    private async Task<IReadOnlyList<string>?> TellAsync(string action, UrlCredentials? login, CancellationToken cancellationToken)
    {
        var url = new Uri(address.Url);
        var text = $"protocol={url.Scheme}\nhost={url.Authority}\npath={url.AbsolutePath.TrimStart('/')}\n"
            + (login is null ? "" : $"username={login.User}\n")
            + (login?.Password is null ? "" : $"password={login.Password}\n")
            + "\n";
        try
        {
            var result = await (GitStore.Outside(network.Environment, "credential", action) with
            {
                AnswerCodes = [128],
                InputProducer = async (stream, token) => await stream.WriteAsync(Encoding.UTF8.GetBytes(text), token),
            }).RunAsync(cancellationToken);
            return result.ExitCode == 0 ? result.Output : null;
        }
        catch (DiagnosticException)
        {
            // without a git, or with a helper that fails, there is no login: the server's refusal is the message
            return null;
        }
    }
}
