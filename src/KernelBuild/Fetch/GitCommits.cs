using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;

namespace KernelBuild.Fetch;

/// <summary>Commits of one repository, which may be had at several addresses; they are asked in order.</summary>
/// <param name="addresses">Of the repository itself first, then of its mirrors.</param>
/// <param name="isNamedByTree">The addresses stand in a source, such as its .gitmodules, and not in the project.</param>
internal sealed class GitCommits(FetchContext context, IReadOnlyList<SourceAddress> addresses, bool isNamedByTree)
{
    private SourceAddress Main => addresses[0];

    /// <summary>The commit, or the tag object, that a branch or a tag is now.</summary>
    /// <exception cref="DiagnosticException">KB1002 for a ref that is not there, KB1007 without an answer, KB1019 with --offline.</exception>
    public async Task<GitObjectId> ResolveAsync(string name, CancellationToken cancellationToken) =>
        (await ResolveNamedAsync(name, cancellationToken)).Peeled;

    /// <summary>The object that a branch or a tag is now, and the one behind it when it is an annotated tag; else the same.</summary>
    /// <exception cref="DiagnosticException">As <see cref="ResolveAsync"/>.</exception>
    public async Task<(GitObjectId Named, GitObjectId Peeled)> ResolveNamedAsync(string name, CancellationToken cancellationToken)
    {
        RequireNetwork($"what '{name}' of {Main.Display} is");
        context.Log.Status($"asking {Main.Display} what {name} is");
        var failures = new List<(SourceAddress Address, GitAnswer Answer)>();
        foreach (var address in addresses)
        {
            var remote = await GitRemote.OfAsync(context, address, isNamedByTree, cancellationToken);
            var answer = await remote.ListAsync([name, name + "^{}"], cancellationToken);
            if (answer.Kind == GitAnswerKind.Done && Find(answer.Output, name) is { } found)
            {
                return found;
            }

            failures.Add((address, answer));
        }

        // all of them answered, and none has it
        if (failures.TrueForAll(one => one.Answer.Kind == GitAnswerKind.Done))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.SourceNotFound,
                $"{Main.Display} has neither a tag nor a branch '{name}'",
                $"'git ls-remote {Main.Display}' lists what there is"));
        }

        throw Failed("the repository does not answer", failures.FindAll(one => one.Answer.Kind != GitAnswerKind.Done));
    }

    /// <summary>Sees to it that the store has a commit and its tree.</summary>
    /// <param name="id">Of a commit, or of a tag that names one.</param>
    /// <param name="name">A ref that led to the commit, for servers that give their refs only; null when none is known.</param>
    /// <exception cref="DiagnosticException">KB1007, or KB1019 with --offline.</exception>
    public async Task<(GitObjectId Commit, GitObjectId Tree)> BringAsync(GitObjectId id, string? name, CancellationToken cancellationToken)
    {
        var store = context.Store;
        if (await store.FindTreeAsync(id, cancellationToken) is null)
        {
            RequireNetwork($"the commit {id} of {Main.Display}");
            await FetchAsync(id, name, cancellationToken);
            store.ForgetDamage(id);
        }

        var commit = await store.FindCommitAsync(id, cancellationToken)
            ?? throw Failed($"the server sent something else than the commit {id}", []);
        var tree = await store.FindTreeAsync(commit, cancellationToken)
            ?? throw Failed($"the server sent the commit {id} without its tree", []);
        await store.KeepAsync(commit, cancellationToken);
        return (commit, tree);
    }

    private async Task FetchAsync(GitObjectId id, string? name, CancellationToken cancellationToken)
    {
        context.Log.Status($"fetching {id} from {Main.Display}");
        var failures = new List<(SourceAddress Address, GitAnswer Answer)>();
        foreach (var address in addresses)
        {
            if (failures.Count > 0)
            {
                context.Log.Status($"fetching from {address.Display} instead");
            }

            var remote = await GitRemote.OfAsync(context, address, isNamedByTree, cancellationToken);
            using var incoming = await context.Store.ReceiveAsync(cancellationToken);
            var answer = await remote.FetchAsync(incoming, id.ToString(), isShallow: true, cancellationToken);
            if (answer.Kind == GitAnswerKind.RefsOnly)
            {
                answer = await FetchByRefAsync(remote, incoming, id, name, answer, cancellationToken);
            }

            if (answer.Kind == GitAnswerKind.Done && await incoming.FindCommitAsync(id, cancellationToken) is not null)
            {
                await incoming.AcceptAsync(cancellationToken);
                return;
            }

            failures.Add((address, answer.Kind == GitAnswerKind.Done
                ? answer with { Kind = GitAnswerKind.Gone, Errors = [$"{name} does not lead to the commit any more"] } : answer));
        }

        if (failures.TrueForAll(one => one.Answer.Kind == GitAnswerKind.Gone))
        {
            throw await GoneAsync(id, name, failures, cancellationToken);
        }

        throw Failed($"the commit {id} cannot be fetched", failures);
    }

    /// <summary>
    /// From a server that gives the tips of its refs only (protocol 0 without uploadpack.allowAnySHA1InWant, or plain files over
    /// http): the tip where one is the commit, else a ref with its history, in which it may still be.
    /// </summary>
    private async Task<GitAnswer> FetchByRefAsync(
        GitRemote remote, Git.Repositories.IncomingObjects incoming, GitObjectId id, string? name, GitAnswer refused,
        CancellationToken cancellationToken)
    {
        var refs = await remote.ListAsync([], cancellationToken);
        if (refs.Kind != GitAnswerKind.Done)
        {
            return refs;
        }

        var tip = refs.Output
            .Select(line => line.Split('\t'))
            .FirstOrDefault(parts => parts.Length == 2 && parts[0] == id.ToString())?[1];
        if (tip is not null)
        {
            // the "^{}" line of an annotated tag names the commit behind it
            var tipName = tip.EndsWith("^{}", StringComparison.Ordinal) ? tip[..^3] : tip;
            var answer = await remote.FetchAsync(incoming, tipName, isShallow: true, cancellationToken);
            if (answer.Kind != GitAnswerKind.RefsOnly)
            {
                return answer;
            }

            name ??= tipName;
        }

        if (isNamedByTree)
        {
            // a submodule's commit comes without a ref; git, too, looks for it in the history of what the server has
            name ??= "HEAD";
        }

        if (name is null)
        {
            return refused;
        }

        context.Log.Status($"the server gives no single commits; fetching {name} with its history");
        return await remote.FetchAsync(incoming, name, isShallow: false, cancellationToken);
    }

    /// <summary>The server is there and has the commit no more: a forced push and a garbage collection.</summary>
    private async Task<DiagnosticException> GoneAsync(
        GitObjectId id, string? name, List<(SourceAddress Address, GitAnswer Answer)> failures, CancellationToken cancellationToken)
    {
        var now = "";
        if (name is not null)
        {
            var remote = await GitRemote.OfAsync(context, Main, isNamedByTree, cancellationToken);
            var answer = await remote.ListAsync([name, name + "^{}"], cancellationToken);
            now = answer.Kind != GitAnswerKind.Done ? ""
                : Find(answer.Output, name) is { } tip ? $"; '{name}' is {tip.Peeled} now"
                : $"; there is no '{name}' any more";
        }

        var isLocked = context.Locked?.Commit == id;
        return Failed(
            $"the server does not have the commit {id}{(isLocked ? $", which {Path.GetFileName(context.LockFile)} names," : "")} any more{now}",
            failures,
            isLocked
                ? "to move on to what the ref is now: --update-lock; to keep the commit, name a clone or a store that still has it as the "
                    + "source or in Mirrors"
                : "name another commit or a ref, or a clone that still has it as the source or in Mirrors");
    }

    private static (GitObjectId Named, GitObjectId Peeled)? Find(IReadOnlyList<string> lines, string name)
    {
        var refs = lines
            .Select(line => line.Split('\t'))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[1], parts => parts[0], StringComparer.Ordinal);
        // an annotated tag names a tag object; its "^{}" line names the commit
        foreach (var full in (string[])[name, "refs/tags/" + name, "refs/heads/" + name])
        {
            if (refs.TryGetValue(full, out var named))
            {
                return (GitObjectId.Parse(named), GitObjectId.Parse(refs.GetValueOrDefault(full + "^{}", named)));
            }
        }

        return null;
    }

    private void RequireNetwork(string what)
    {
        if (context.Offline)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.OfflineMissing, $"--offline, and the cache does not hold {what}", "run once without --offline"));
        }
    }

    private DiagnosticException Failed(
        string what, List<(SourceAddress Address, GitAnswer Answer)> failures, string? fix = null) => new(Diagnostic.Error(
            DiagnosticCodes.GitFetchFailed,
            $"{Main.Display}: {what}",
            fix ?? Fix(failures)) with
        {
            Details = [.. failures.SelectMany(one =>
                one.Answer.Errors.Select(line => SourceAddress.Redacted(failures.Count > 1 ? $"{one.Address.Display}: {line}" : line)))],
        });

    private static string Fix(List<(SourceAddress Address, GitAnswer Answer)> failures) =>
        failures.Select(one => one.Answer.Kind).Distinct().ToArray() switch
        {
            [GitAnswerKind.LoginWanted] => "give a login: a credential helper of git, ~/.netrc, a key in ssh's agent, or user:token@ in the URL, "
                + "which is kept out of every file and message",
            [GitAnswerKind.NotThere] => "check the address; servers also say this of a private repository when nobody has logged in",
            [GitAnswerKind.Unreachable] => "check address, network and proxy",
            [GitAnswerKind.Stalled] => $"try again, or name a mirror; {NetworkSettings.StallVariable} is how long to wait for a slow server",
            [GitAnswerKind.RefsOnly] => "the server gives the tips of its refs only: name a branch or a tag instead of the commit",
            _ => "check address, network and access; a fetch that was cut off starts again cleanly",
        };
}
