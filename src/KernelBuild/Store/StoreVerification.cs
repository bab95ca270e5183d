using System.Text.RegularExpressions;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Store;

/// <summary>
/// Every object of the store and every download against its name. What is damaged is taken out, with what was whole beside it saved,
/// so that the next build fetches, imports or patches exactly that again.
/// </summary>
public static partial class StoreVerification
{
    /// <returns>What was found, in words; empty when all is whole.</returns>
    public static async Task<StoreDamage> RunAsync(GitStore store, CacheFolder cache, IBuildLog log, CancellationToken cancellationToken)
    {
        log.Status("reading every download");
        var downloads = await RemoveDamagedDownloadsAsync(cache, log, cancellationToken);
        log.Status("reading every object of the store (git fsck)");
        var errors = new List<string>();
        var result = await (store.Git("fsck", "--full", "--no-dangling", "--no-reflogs", "--progress") with
        {
            AnswerCodes = [.. Enumerable.Range(1, 127)],
            OnOutput = errors.Add,
            OnError = line =>
            {
                if (Progress().Match(line) is { Success: true } match)
                {
                    log.Progress("reading objects", int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) / 100.0);
                }
                else if (!line.StartsWith("notice:", StringComparison.Ordinal))
                {
                    errors.Add(line);
                }
            },
        }).RunAsync(cancellationToken);
        if (result.ExitCode == 0)
        {
            return new StoreDamage([], [], downloads);
        }

        log.Status("saving what is whole beside it");
        RemoveDamagedFiles(store, errors);
        await SaveFromPacksAsync(store, cancellationToken);
        var commits = await MarkAsync(store, cache, cancellationToken);
        return new StoreDamage(errors, commits, downloads);
    }

    private static async Task<IReadOnlyList<string>> RemoveDamagedDownloadsAsync(CacheFolder cache, IBuildLog log, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(cache.Downloads, "sha256");
        var damaged = new List<string>();
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
        for (var at = 0; at < files.Length; at++)
        {
            log.Progress("reading " + Path.GetFileName(files[at]), (double)at / files.Length);
            if ((await Sha256Digest.OfFileAsync(files[at], cancellationToken)).ToString() != Path.GetFileName(files[at]))
            {
                File.Delete(files[at]);
                damaged.Add(Path.GetFileName(files[at]));
            }
        }

        return damaged;
    }

    /// <summary>Objects in files of their own.</summary>
    private static void RemoveDamagedFiles(GitStore store, IEnumerable<string> errors)
    {
        foreach (var path in errors.SelectMany(line => LooseObject().Matches(line)).Select(match => match.Value).Distinct(StringComparer.Ordinal))
        {
            File.Delete(Path.Combine(store.Folder, path));
        }
    }

    /// <summary>A damaged pack goes; what can be read of it is unpacked into files.</summary>
    private static async Task SaveFromPacksAsync(GitStore store, CancellationToken cancellationToken)
    {
        foreach (var index in Directory.GetFiles(store.PackFolder, "pack-*.idx").Concat(
            Directory.GetFiles(store.PackFolder, "pack-*.pack").Select(pack => Path.ChangeExtension(pack, ".idx"))).Distinct(StringComparer.Ordinal))
        {
            var check = await (store.Git("verify-pack", index) with { AnswerCodes = [.. Enumerable.Range(1, 128)] }).RunAsync(cancellationToken);
            if (check.ExitCode == 0)
            {
                continue;
            }

            var aside = Path.Combine(store.Folder, "damaged", Path.GetFileNameWithoutExtension(index));
            Directory.CreateDirectory(aside);
            foreach (var file in Directory.GetFiles(store.PackFolder, Path.GetFileNameWithoutExtension(index) + ".*"))
            {
                File.Move(file, Path.Combine(aside, Path.GetFileName(file)), overwrite: true);
            }

            var pack = Path.Combine(aside, Path.GetFileNameWithoutExtension(index) + ".pack");
            if (File.Exists(pack))
            {
                await (store.Git("unpack-objects", "-r", "-q") with
                {
                    AnswerCodes = [.. Enumerable.Range(1, 128)],
                    InputProducer = async (stream, token) =>
                    {
                        await using var content = File.OpenRead(pack);
                        await content.CopyToAsync(stream, token);
                    },
                }).RunAsync(cancellationToken);
            }

            Directory.Delete(aside, recursive: true);
        }
    }

    /// <summary>Commits that lack something now.</summary>
    private static async Task<IReadOnlyList<StoredCommit>> MarkAsync(GitStore store, CacheFolder cache, CancellationToken cancellationToken)
    {
        var damaged = new List<StoredCommit>();
        foreach (var name in Directory.GetFiles(Path.Combine(store.Folder, "refs", "kernelbuild"), "*", SearchOption.AllDirectories))
        {
            // a ref to an object that is gone stops every listing of refs
            var text = (await File.ReadAllTextAsync(name, cancellationToken)).Trim();
            if (Git.Objects.GitObjectId.TryParse(text, out var id) && await IsWholeAsync(store, id.ToString(), cancellationToken))
            {
                continue;
            }

            damaged.Add(new StoredCommit(Path.GetRelativePath(store.Folder, name), id, File.GetLastWriteTimeUtc(name), []));
            File.Delete(name);
        }

        var named = await StoreRefs.ReadAsync(store, cache, cancellationToken);
        var ids = damaged.Select(commit => commit.Id).Concat(named.Locks
            .SelectMany(one => one.Lock.Parts.Values.Append(one.Lock.Source).OfType<Fetch.LockedSource>().Select(source => source.Commit)));
        foreach (var id in ids.Distinct())
        {
            if (id != default && !await IsWholeAsync(store, id.ToString(), cancellationToken))
            {
                await store.MarkDamagedAsync(id, cancellationToken);
            }
        }

        return [.. damaged.DistinctBy(commit => commit.Id)];
    }

    private static async Task<bool> IsWholeAsync(GitStore store, string commit, CancellationToken cancellationToken)
    {
        var isWhole = true;
        var result = await (store.Git("rev-list", "--objects", "--no-object-names", "--missing=print", commit) with
        {
            AnswerCodes = [.. Enumerable.Range(1, 128)],
            OnOutput = line => isWhole &= !line.StartsWith('?'),
        }).RunAsync(cancellationToken);
        return isWhole && result.ExitCode == 0;
    }

    [GeneratedRegex("objects/[0-9a-f]{2}/[0-9a-f]{38}")]
    private static partial Regex LooseObject();

    [GeneratedRegex(@"^Checking [a-z ]+: +(\d+)% ")]
    private static partial Regex Progress();
}
