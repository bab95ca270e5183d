using System.Globalization;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Fetch;

/// <summary>
/// Tells a branch that went on from one that was pushed by force. The store has commits without their history, so the server is asked for its
/// commits since the locked one's date, without trees and files (protocol 2, filter tree:0), into a repository that is thrown away.
/// </summary>
internal sealed class RefHistory(FetchContext context, IReadOnlyList<SourceAddress> addresses)
{
    /// <summary>Of compressed commits: more is not fetched to answer a question.</summary>
    internal const long MostBytes = 64 << 20;

    private const long SecondsOfDay = 24 * 60 * 60;

    /// <param name="locked">The commit that was, which the store has.</param>
    /// <param name="now">What the ref is.</param>
    public async Task<RefMove> AskAsync(GitObjectId locked, GitObjectId now, CancellationToken cancellationToken)
    {
        if (await context.Store.FindTreeAsync(locked, cancellationToken) is null)
        {
            return RefMove.Unknown("it is not in the store");
        }

        var date = long.Parse(
            await context.Store.Git("show", "-s", "--format=%ct", locked.ToString()).ReadAsync(cancellationToken), CultureInfo.InvariantCulture);
        var move = RefMove.Unknown("no server was asked");
        foreach (var address in addresses)
        {
            var folder = Directory.CreateTempSubdirectory("kernelbuild-history-").FullName;
            try
            {
                var remote = await GitRemote.OfAsync(context, address, isNamedByTree: false, cancellationToken);
                move = await AskAsync(remote, folder, (locked, date), now, cancellationToken);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }

            if (move.IsForced is not null)
            {
                return move;
            }
        }

        return move;
    }

    private async Task<RefMove> AskAsync(
        GitRemote remote, string folder, (GitObjectId Id, long Date) locked, GitObjectId now, CancellationToken cancellationToken)
    {
        await GitStore.Outside(context.Network.Environment, "init", "--quiet", "--bare", folder).RunAsync(cancellationToken);
        var answer = await remote.FetchCommitsAsync(folder, now.ToString(), null, MostBytes, cancellationToken);
        if (answer.Kind == GitAnswerKind.Done)
        {
            // one that was reset is older than the locked commit; a day, because clocks differ and the search ends at the first that is older
            var oldest = Math.Min(locked.Date, await DateOfAsync(folder, now, cancellationToken)) - SecondsOfDay;
            answer = await remote.FetchCommitsAsync(folder, now.ToString(), oldest, MostBytes, cancellationToken);
        }

        if (answer.Kind != GitAnswerKind.Done)
        {
            return RefMove.Unknown(answer.Errors.Count > 0 ? answer.Errors[0] : "the server does not say");
        }

        // never "cat-file": of an object that is not there git would ask the server again
        var commits = (await History(folder, now.ToString()).RunAsync(cancellationToken)).Output;
        return !commits.Contains(locked.Id.ToString())
            ? RefMove.Forced
            : new RefMove(
                (await History(folder, now.ToString(), "^" + locked.Id).RunAsync(cancellationToken)).Output.Count, false, "");
    }

    private async Task<long> DateOfAsync(string folder, GitObjectId commit, CancellationToken cancellationToken) => long.Parse(
        await History(folder, "--no-walk", "--no-commit-header", "--format=%ct", commit.ToString()).ReadAsync(cancellationToken),
        CultureInfo.InvariantCulture);

    private Host.Processes.Command History(string folder, params string[] commits) =>
        GitStore.Outside(context.Network.Environment, ["--git-dir=" + folder, "rev-list", .. commits]);
}
