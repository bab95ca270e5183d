using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Processes;

namespace KernelBuild.Fetch;

/// <summary>
/// One repository at one address. A transfer that is cut or stands still is tried again; every other answer is given to the caller.
/// </summary>
internal sealed class GitRemote
{
    private readonly FetchContext _context;
    private readonly ImmutableSortedDictionary<string, string> _environment;

    private GitRemote(FetchContext context, SourceAddress address, ImmutableSortedDictionary<string, string> environment)
    {
        _context = context;
        Address = address;
        _environment = environment;
    }

    public SourceAddress Address { get; }

    private bool IsLocal => Address.Url.StartsWith("file:", StringComparison.Ordinal);

    /// <param name="isNamedByTree">The address stands in a source, such as its .gitmodules, and not in the project.</param>
    public static async Task<GitRemote> OfAsync(
        FetchContext context, SourceAddress address, bool isNamedByTree, CancellationToken cancellationToken)
    {
        var environment = context.Network.Environment;
        if (isNamedByTree)
        {
            // git's own guard for submodules: no programs of this machine, and no folders unless the user allows them
            environment = environment.SetItem("GIT_PROTOCOL_FROM_USER", "0");
        }

        return new GitRemote(context, address, await WithSshAsync(address, WithLogin(address, environment), cancellationToken));
    }

    /// <summary>The refs of the server that have one of the names.</summary>
    public Task<GitAnswer> ListAsync(IEnumerable<string> names, CancellationToken cancellationToken) =>
        TriedAsync(
            GitStore.Outside(_environment, "ls-remote").WithArguments(Transport()).WithArguments("--", Address.Url).WithArguments(names),
            cancellationToken);

    /// <summary>Brings what is wanted, an id or a ref, into the room.</summary>
    /// <param name="isShallow">The commit alone, without its history.</param>
    public Task<GitAnswer> FetchAsync(IncomingObjects incoming, string wanted, bool isShallow, CancellationToken cancellationToken) =>
        TriedAsync(
            incoming.Git(_environment)
                .WithArguments(
                    "-c", "transfer.unpackLimit=1", "-c", "fetch.unpackLimit=1", "-c", "fetch.writeCommitGraph=false", "-c", "fetch.bundleURI=",
                    "fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance", "--progress")
                .WithArguments(isShallow ? ["--depth", "1"] : [])
                .WithArguments(Transport())
                .WithArguments("--", Address.Url, wanted),
            cancellationToken);

    /// <summary>Brings commits without their trees into a bare repository.</summary>
    /// <param name="since">The date of the oldest, in seconds since 1970; null for the wanted commit alone.</param>
    /// <param name="most">Bytes; a longer transfer is ended.</param>
    public Task<GitAnswer> FetchCommitsAsync(
        string repository, string wanted, long? since, long most, CancellationToken cancellationToken) =>
        RunAsync(
            GitStore.Outside(
                _environment,
                [
                    "--git-dir=" + repository, "-c", "protocol.version=2", "-c", "fetch.unpackLimit=1", "-c", "fetch.writeCommitGraph=false",
                    "fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance", "--progress",
                    "--filter=tree:0", since is { } date ? string.Create(CultureInfo.InvariantCulture, $"--shallow-since=@{date}") : "--depth=1",
                    .. Transport(),
                    "--", Address.Url, wanted,
                ]),
            cancellationToken,
            (line, bytes) => line.Contains("filtering not recognized", StringComparison.Ordinal) ? "the server gives no history without its files"
                : bytes > most ? "it has too many commits since"
                : null);

    private async Task<GitAnswer> TriedAsync(Command command, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var answer = await RunAsync(command, cancellationToken);
            if (!answer.IsTransient || attempt >= _context.Network.Attempts)
            {
                return answer;
            }

            var wait = _context.Network.WaitAfter(attempt);
            _context.Log.Status(string.Create(
                CultureInfo.InvariantCulture,
                $"{Address.Display}: {Reason(answer)}; trying again in {wait.TotalSeconds:0.#} s"));
            await Task.Delay(wait, cancellationToken);
        }
    }

    /// <param name="end">Of a line and the bytes received so far: why the transfer is to be ended; null to go on.</param>
    private async Task<GitAnswer> RunAsync(Command command, CancellationToken cancellationToken, Func<string, long, string?>? end = null)
    {
        string? ended = null;
        var progress = new GitProgress("fetching " + Address.Display, _context.Log.Progress);
        var errors = new List<string>();
        using var watched = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var watch = new StallWatch(_context.Network.Stall, NetworkSettings.LowSpeed, watched);
        command = command with
        {
            AnswerCodes = [1, 128],
            CancelGracePeriod = TimeSpan.FromSeconds(2),
            IsProgress = GitProgress.Is,
            OnError = line =>
            {
                progress.Read(line);
                watch.Saw(progress.Bytes);
                if (ended is null && end?.Invoke(line, progress.Bytes) is { } reason)
                {
                    ended = reason;
                    // not here: this is the reader of the errors
                    _ = watched.CancelAsync();
                }

                if (!GitProgress.Is(line) && line.Length > 0)
                {
                    errors.Add(line);
                }
            },
        };
        try
        {
            var result = await command.RunAsync(watched.Token);
            return GitAnswer.Of(result.ExitCode, result.Output, errors);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ended is null
                ? new GitAnswer(GitAnswerKind.Stalled, [], [watch.Reason, .. errors])
                : new GitAnswer(GitAnswerKind.Broken, [], [ended]);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            return new GitAnswer(GitAnswerKind.Broken, [], [e.Diagnostics[0].Message, .. errors]);
        }
    }

    private static string Reason(GitAnswer answer) => answer.Errors.Count > 0 ? answer.Errors[0] : "the connection ended early";

    /// <summary>
    /// A repository of this machine may belong to another user; git would refuse it, and our settings do not reach its child.
    /// </summary>
    private string[] Transport() => IsLocal ? ["--upload-pack=git -c safe.directory=* upload-pack"] : [];

    /// <summary>
    /// User and password go by a credential helper that reads them from the environment: arguments can be seen by everybody on the
    /// machine. git asks it for this server only.
    /// </summary>
    private static ImmutableSortedDictionary<string, string> WithLogin(
        SourceAddress address, ImmutableSortedDictionary<string, string> environment)
    {
        const string ReadEnvironment =
            "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \"$KERNELBUILD_URL_USER\" \"$KERNELBUILD_URL_PASSWORD\"; }; f";
        if (address.Credentials is not { } login || !Uri.TryCreate(address.Url, UriKind.Absolute, out var url))
        {
            return environment;
        }

        var server = "credential." + url.GetLeftPart(UriPartial.Authority);
        if (login.Password is null)
        {
            return WithSettings(environment, (server + ".username", login.User));
        }

        return WithSettings(environment, (server + ".helper", ""), (server + ".helper", ReadEnvironment))
            .SetItem("KERNELBUILD_URL_USER", login.User)
            .SetItem("KERNELBUILD_URL_PASSWORD", login.Password);
    }

    /// <summary>ssh must not ask anything of a terminal that nobody looks at, and must notice that a server is gone.</summary>
    private static async Task<ImmutableSortedDictionary<string, string>> WithSshAsync(
        SourceAddress address, ImmutableSortedDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var isSsh = !address.Url.Contains("://", StringComparison.Ordinal) || address.Url.StartsWith("ssh:", StringComparison.Ordinal)
            || address.Url.StartsWith("git+ssh:", StringComparison.Ordinal) || address.Url.StartsWith("ssh+git:", StringComparison.Ordinal);
        if (!isSsh || environment.ContainsKey("GIT_SSH_COMMAND") || environment.ContainsKey("GIT_SSH"))
        {
            return environment;
        }

        var chosen = await (GitStore.Outside(environment, "config", "--get", "core.sshCommand") with { AnswerCodes = [1] }).RunAsync(
            cancellationToken);
        return chosen.ExitCode == 0
            ? environment
            : environment.SetItem(
                "GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=15 -oServerAliveCountMax=4");
    }

    private static ImmutableSortedDictionary<string, string> WithSettings(
        ImmutableSortedDictionary<string, string> environment, params (string Key, string Value)[] settings)
    {
        var count = int.TryParse(environment.GetValueOrDefault("GIT_CONFIG_COUNT"), CultureInfo.InvariantCulture, out var given) ? given : 0;
        foreach (var (key, value) in settings)
        {
            environment = environment
                .SetItem(string.Create(CultureInfo.InvariantCulture, $"GIT_CONFIG_KEY_{count}"), key)
                .SetItem(string.Create(CultureInfo.InvariantCulture, $"GIT_CONFIG_VALUE_{count}"), value);
            count++;
        }

        return environment.SetItem("GIT_CONFIG_COUNT", count.ToString(CultureInfo.InvariantCulture));
    }
}
