using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Processes;

namespace KernelBuild.Fetch;

/// <summary>
/// git:URL#COMMIT-OR-REF: one commit without its history. A ref is resolved once; from then on the lock names the commit.
/// </summary>
internal static partial class GitSource
{
    public static async Task<LockedSource> FetchAsync(GitSpec spec, FetchContext context, CancellationToken cancellationToken)
    {
        var commit = spec.Commit ?? context.Locked?.Commit;
        if (commit is null && context.Strict)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.LockMissing,
                $"the lock file does not say which commit '{spec.Text}' is",
                "build once without --locked and commit the lock file"));
        }

        var id = commit ?? await ResolveAsync(spec, context, cancellationToken);
        if (await context.Store.FindTreeAsync(id, cancellationToken) is null)
        {
            await FetchCommitAsync(spec, id, context, cancellationToken);
        }

        var found = await context.Store.FindCommitAsync(id, cancellationToken)
            ?? throw Failed(spec, $"the server sent something else than the commit {id}", []);
        var tree = await context.Store.FindTreeAsync(found, cancellationToken)
            ?? throw Failed(spec, $"the server sent the commit {id} without its tree", []);
        await context.Store.KeepAsync(found, cancellationToken);
        return new LockedSource(spec.Text, spec.Ref ?? id.ToString(), null, found, tree);
    }

    private static async Task<GitObjectId> ResolveAsync(GitSpec spec, FetchContext context, CancellationToken cancellationToken)
    {
        context.Log.Status($"asking {spec.Url} what {spec.Ref} is");
        IReadOnlyList<string> lines;
        try
        {
            lines = (await context.Store
                .Git("ls-remote")
                .WithArguments(UploadPack(spec))
                .WithArguments("--", spec.Url, spec.Ref!, spec.Ref + "^{}")
                .RunAsync(cancellationToken)).Output;
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            throw Failed(spec, "the repository does not answer", e.Diagnostics[0].Details);
        }

        var refs = lines
            .Select(line => line.Split('\t'))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[1], parts => parts[0], StringComparer.Ordinal);
        // an annotated tag names a tag object; its "^{}" line names the commit
        foreach (var name in (string[])[spec.Ref!, "refs/tags/" + spec.Ref, "refs/heads/" + spec.Ref])
        {
            if (refs.TryGetValue(name + "^{}", out var peeled) || refs.TryGetValue(name, out peeled))
            {
                return GitObjectId.Parse(peeled);
            }
        }

        throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.SourceNotFound,
            $"{spec.Url} has neither a tag nor a branch '{spec.Ref}'",
            $"'git ls-remote {spec.Url}' lists what there is"));
    }

    private static async Task FetchCommitAsync(GitSpec spec, GitObjectId id, FetchContext context, CancellationToken cancellationToken)
    {
        context.Log.Status($"fetching {id} from {spec.Url}");
        var fetch = context.Store.Git("-c", "transfer.unpackLimit=1", "fetch", "--no-tags", "--no-write-fetch-head", "--progress") with
        {
            OnError = line => ReportProgress(line, context),
            IsProgress = line => ProgressOfGit().IsMatch(line),
        };
        try
        {
            await fetch
                .WithArguments("--depth", "1")
                .WithArguments(UploadPack(spec))
                .WithArguments("--", spec.Url, id.ToString())
                .RunAsync(cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed && spec.Ref is not null)
        {
            // a server that gives refs only (uploadpack.allowAnySHA1InWant is off): with its history the commit may still be there
            context.Log.Status($"the server gives no single commits; fetching {spec.Ref} with its history");
            await RunAsync(fetch.WithArguments(UploadPack(spec)).WithArguments("--", spec.Url, spec.Ref), spec, cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            throw Failed(spec, $"the commit {id} cannot be fetched", e.Diagnostics[0].Details);
        }
    }

    private static async Task RunAsync(Command fetch, GitSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            await fetch.RunAsync(cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            throw Failed(spec, $"'{spec.Ref}' cannot be fetched", e.Diagnostics[0].Details);
        }
    }

    /// <summary>"Receiving objects:  42% (3/7), 1.2 MiB | 600 KiB/s", "remote: Enumerating objects: 7, done.", "remote: Total 7 (delta 0)…".</summary>
    /// <remarks>Source: git's progress.c, display().</remarks>
    [GeneratedRegex(@"^(remote: )?[A-Z][a-z]+( [a-z]+)*: +\d+(% \(\d+/\d+\))?(, .*)?\s*(\x1b\[K)?$|^remote: Total \d+ ")]
    private static partial Regex ProgressOfGit();

    private static void ReportProgress(string line, FetchContext context)
    {
        var percent = line.IndexOf('%', StringComparison.Ordinal);
        if (percent > 2 && int.TryParse(line.AsSpan(percent - 3, 3).Trim(), out var value))
        {
            context.Log.Progress(line.Trim(), value / 100.0);
        }
    }

    /// <summary>
    /// A repository of this machine may belong to another user; git would refuse it, and our settings do not reach its child.
    /// </summary>
    private static string[] UploadPack(GitSpec spec) => spec.Url.StartsWith("file://", StringComparison.Ordinal)
        ? ["--upload-pack=git -c safe.directory=* upload-pack"]
        : [];

    private static DiagnosticException Failed(GitSpec spec, string what, IReadOnlyList<string> details) => new(Diagnostic.Error(
        DiagnosticCodes.GitFetchFailed,
        $"{spec.Url}: {what}",
        "check address, network and access; a fetch that was cut off starts again cleanly") with
    { Details = details });
}
