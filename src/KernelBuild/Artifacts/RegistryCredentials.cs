using System.Text;
using System.Text.Json;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Host.Processes;

namespace KernelBuild.Artifacts;

/// <summary>
/// The login of a registry, from where <c>podman login</c>, <c>skopeo login</c>, <c>oras login</c> and <c>docker login</c> keep it. Sources:
/// containers-auth.json(5), and the protocol of docker's credential helpers.
/// </summary>
internal static class RegistryCredentials
{
    private const string OwnStatus = "/proc/self/status";

    /// <summary>Docker Hub's name in the files of docker.</summary>
    private const string DockerHub = "https://index.docker.io/v1/";

    /// <param name="registry">HOST[:PORT], as the address names it.</param>
    /// <param name="repository">The narrowest login that fits is taken: that of a namespace before that of its host.</param>
    /// <returns>Null when no file has one.</returns>
    /// <exception cref="DiagnosticException">KB9045 for a damaged file, or a helper that fails.</exception>
    public static async Task<RegistryLogin?> FindAsync(string registry, string repository, CancellationToken cancellationToken)
    {
        var whole = $"{registry}/{repository}";
        var names = new List<string>();
        for (var end = whole.Length; end > 0; end = whole.LastIndexOf('/', end - 1))
        {
            names.Add(whole[..end]);
        }

        // what older programs wrote
        names.AddRange([$"https://{registry}", $"https://{registry}/v1/", $"https://{registry}/v2/"]);
        if (registry is "docker.io" or "registry-1.docker.io")
        {
            names.AddRange(["docker.io", DockerHub]);
        }

        foreach (var file in Files().Where(File.Exists))
        {
            if (await InAsync(file, names, registry, cancellationToken) is { } login)
            {
                return login;
            }
        }

        return null;
    }

    private static IEnumerable<string> Files()
    {
        if (Environment.GetEnvironmentVariable("REGISTRY_AUTH_FILE") is { Length: > 0 } named)
        {
            yield return named;
            yield break;
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime)
        {
            yield return Path.Combine(runtime, "containers", "auth.json");
        }
        else if (File.Exists(OwnStatus))
        {
            // as root, or in a job: skopeo and podman keep it by the user's number, the real one of proc(5)'s four
            var user = File.ReadLines(OwnStatus).First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
            yield return $"/run/containers/{user}/auth.json";
        }

        yield return Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } config ? config : Path.Combine(home, ".config"),
            "containers", "auth.json");
        yield return Path.Combine(
            Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } docker ? docker : Path.Combine(home, ".docker"), "config.json");
    }

    private static async Task<RegistryLogin?> InAsync(
        string file, List<string> names, string registry, CancellationToken cancellationToken)
    {
        try
        {
            using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(file, cancellationToken));
            var root = document.RootElement;
            foreach (var name in names)
            {
                if (Member(root, "credHelpers", name) is { } helper)
                {
                    return await AskAsync(helper.GetString()!, name, cancellationToken);
                }

                if (Member(root, "auths", name) is { } found && Login(found) is { } login)
                {
                    return login;
                }
            }

            return Member(root, "credsStore") is { } store
                ? await AskAsync(store.GetString()!, names.Contains(DockerHub) ? DockerHub : registry, cancellationToken)
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or TimeoutException)
        {
            throw StoreAddress.Unusable(registry, $"the logins of {file} cannot be read: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreAddress.Unusable(registry, e.Message, e);
        }
    }

    private static RegistryLogin? Login(JsonElement found)
    {
        if (Member(found, "identitytoken") is { } token && token.GetString() is { Length: > 0 } identity)
        {
            return new RegistryLogin(null, identity);
        }

        // an empty object says that a helper has it
        if (Member(found, "auth")?.GetString() is not { Length: > 0 } auth)
        {
            return null;
        }

        var parts = Encoding.UTF8.GetString(Convert.FromBase64String(auth)).Split(':', 2);
        return parts is [var user, var password] ? new RegistryLogin(new UrlCredentials(user, password), null) : throw new FormatException("an 'auth' is no USER:PASSWORD");
    }

    /// <summary>docker-credential-NAME get: the server on standard input, Username and Secret as JSON on standard output.</summary>
    private static async Task<RegistryLogin?> AskAsync(string helper, string server, CancellationToken cancellationToken)
    {
        var program = "docker-credential-" + helper;
        var answer = await (Command.WithFullEnvironment(program).WithArguments("get") with
        {
            InputProducer = async (stream, token) => await stream.WriteAsync(Encoding.UTF8.GetBytes(server + "\n"), token),
            AnswerCodes = [1],
            Timeout = TimeSpan.FromMinutes(1),
        }).RunAsync(cancellationToken);
        var text = string.Join('\n', answer.Output);
        if (answer.ExitCode != 0)
        {
            // the one failure that the protocol names
            return text.Contains("credentials not found", StringComparison.Ordinal) ? null
                : throw StoreAddress.Unusable(server, $"{program} has no login for it");
        }

        using var document = JsonDocument.Parse(text);
        var (user, secret) = (document.RootElement.GetProperty("Username").GetString()!, document.RootElement.GetProperty("Secret").GetString()!);
        return user == "<token>" ? new RegistryLogin(null, secret) : new RegistryLogin(new UrlCredentials(user, secret), null);
    }

    private static JsonElement? Member(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element;
    }
}
