using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Series;

namespace KernelBuild.Testing.EndToEnd.Patches;

/// <summary>Single patches through our engine and through git apply, on the same files: the verdict and every byte must agree.</summary>
public sealed class PatchComparison : IDisposable
{
    private const int LargestCompared = 400_000;

    private readonly string _scratch = Directory.CreateTempSubdirectory("kernelbuild-compare-").FullName;
    private readonly KernelPair _pair;
    private readonly ObjectReader _objects;

    public PatchComparison(KernelPair pair)
    {
        _pair = pair;
        _objects = new ObjectReader(pair.Store, contents: true, CancellationToken.None);
    }

    public ConcurrentBag<string> Differences { get; } = [];

    /// <summary>Of the compared patches, those that git took and those that it refused.</summary>
    public int Taken => _taken;

    public int Refused => _refused;

    /// <summary>Patches that git took by joining two lines of the file, and ours refused.</summary>
    public int Joined => _joined;

    private int _joined;
    private int _taken;
    private int _refused;

    public void Dispose()
    {
        _objects.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(_scratch, recursive: true);
    }

    /// <summary>Patches as they are, on moved lines, and damaged; chosen and damaged by the seed.</summary>
    /// <param name="limit">Patches to choose; each is compared three times.</param>
    public async Task CompareAllAsync(IReadOnlyList<(string Folder, byte[] Diff)> cut, int limit, int seed)
    {
        var random = new Random(seed);
        var chosen = cut.Where(patch => patch.Diff.Length < LargestCompared).OrderBy(_ => random.Next()).Take(limit).ToArray();
        await Parallel.ForEachAsync(Enumerable.Range(0, chosen.Length), async (at, _) =>
        {
            var (folder, diff) = chosen[at];
            var own = new Random(seed + at);
            await CompareAsync(folder, diff, diff);
            await CompareAsync(folder + " (moved lines)", diff, diff, own.Next(1, 60));
            var (name, mutate) = PatchMutation.All[at % PatchMutation.All.Count];
            await CompareAsync($"{folder} ({name})", diff, Encoding.Latin1.GetBytes(mutate(Encoding.Latin1.GetString(diff), own)));
        });
    }

    /// <param name="name">For the report.</param>
    /// <param name="original">The patch before mutation: its files are what both sides see.</param>
    /// <param name="patch">What is applied.</param>
    /// <param name="moveLines">Lines put at the start of every file, so that hunks must be searched for.</param>
    public async Task CompareAsync(string name, byte[] original, byte[] patch, int moveLines = 0)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_scratch, Guid.NewGuid().ToString("n"))).FullName;
        var file = folder + ".patch";
        await File.WriteAllBytesAsync(file, patch);
        var before = await FilesAsync(original, moveLines);
        foreach (var (path, state) in before)
        {
            Write(folder, path, state);
        }

        var (ours, changes) = Ours(file, before);
        var (theirs, message) = GitApply(folder, file);
        Interlocked.Increment(ref theirs ? ref _taken : ref _refused);
        if (ours is not null && theirs && JoinsLines(patch))
        {
            // git apply lets context without a line break match a line that has one, and joins the two lines: not followed
            Interlocked.Increment(ref _joined);
        }
        else if (ours is null != theirs)
        {
            Differences.Add($"{name}: ours {ours ?? "took it"}, git apply {(theirs ? "took it" : message)}{Keep(file)}");
        }
        else if (theirs)
        {
            foreach (var (path, state) in changes)
            {
                if (Difference(folder, path, state) is { } difference)
                {
                    Differences.Add($"{name}: {path}: {difference}{Keep(file)}");
                }
            }
        }

        File.Delete(file);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Whether a line of context is marked as the last of the file.</summary>
    private static bool JoinsLines(byte[] patch)
    {
        var lines = Encoding.Latin1.GetString(patch).Split('\n');
        return Enumerable
            .Range(1, lines.Length - 1)
            .Any(at => lines[at].StartsWith("\\ No newline", StringComparison.Ordinal) && lines[at - 1] is "" or [' ', ..]);
    }

    private static string Keep(string file)
    {
        var kept = Path.Combine(Path.GetTempPath(), "differs-" + Path.GetFileName(file));
        File.Copy(file, kept);
        return $" ({kept})";
    }

    /// <summary>The files that a patch speaks of, as the old kernel has them.</summary>
    private async Task<Dictionary<string, FileState>> FilesAsync(byte[] patch, int moveLines)
    {
        var file = Path.Combine(_scratch, Guid.NewGuid().ToString("n"));
        await File.WriteAllBytesAsync(file, patch);
        var parsed = ParsedPatch.Read(new PatchFile("x", file, 1))[0];
        File.Delete(file);
        var source = new SourceTree(_objects, _pair.Old.ToString());
        source.Load(parsed.Paths);
        var files = new Dictionary<string, FileState>(StringComparer.Ordinal);
        foreach (var path in parsed.Paths)
        {
            if (source.Find(path) is { IsFolder: false } entry && await _objects.ReadAsync(entry.Id) is { } content)
            {
                var moved = moveLines > 0 && FileState.TypeOf(entry.Mode) != TreeEntry.Symlink
                    ? [.. Encoding.ASCII.GetBytes(string.Concat(
                        Enumerable.Range(0, moveLines).Select(line => $"/* moved {line} */\n"))), .. content]
                    : content;
                files[path] = FileState.OfBytes(entry.Mode, moved);
            }
        }

        return files;
    }

    /// <returns>Why it was refused, or null; and what it changed.</returns>
    private (string? Refusal, IReadOnlyDictionary<string, FileState?> Changes) Ours(string file, Dictionary<string, FileState> before)
    {
        var parsed = ParsedPatch.Read(new PatchFile("x", file, 1))[0];
        if (parsed.Finding is { } finding)
        {
            return ($"refused it: {finding.Message}", new Dictionary<string, FileState?>());
        }

        // a source that holds these files and nothing else
        var state = new SeriesState(new SourceTree(_objects, EmptyTree), _objects);
        state.Accept(before.ToDictionary(pair => pair.Key, pair => (FileState?)pair.Value), []);
        var application = new PatchApplication(state, 0, 0);
        var outcomes = application.Run(parsed.Files);
        var failed = outcomes.FirstOrDefault(outcome => !outcome.Succeeded);
        return (failed is null ? null : $"refused it: {failed.Patch.Name}: {failed.Problem} {failed.Detail}", application.Changes);
    }

    /// <summary>The tree of no files, which git knows without holding it.</summary>
    private const string EmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    private static (bool Taken, string Message) GitApply(string folder, string file)
    {
        var start = new ProcessStartInfo("git", ["apply", "-p1", "--whitespace=nowarn", file])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CEILING_DIRECTORIES"] = Path.GetDirectoryName(folder);
        using var process = Process.Start(start)!;
        var message = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode == 0, message.Split('\n')[0]);
    }

    private static void Write(string folder, string path, FileState state)
    {
        var target = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (FileState.TypeOf(state.Mode) == TreeEntry.Symlink)
        {
            File.CreateSymbolicLink(target, Encoding.UTF8.GetString(state.ToArray()));
            return;
        }

        File.WriteAllBytes(target, state.ToArray());
        if (state.Mode == TreeEntry.Executable)
        {
            File.SetUnixFileMode(target, (UnixFileMode)0b111_101_101);
        }
    }

    private static string? Difference(string folder, string path, FileState? expected)
    {
        var info = new FileInfo(Path.Combine(folder, path));
        if (expected is null)
        {
            return info.Exists || info.LinkTarget is not null ? "ours deletes it, git apply does not" : null;
        }

        if (FileState.TypeOf(expected.Mode) == TreeEntry.Symlink)
        {
            return info.LinkTarget == Encoding.UTF8.GetString(expected.ToArray()) ? null : "the links differ";
        }

        if (!info.Exists)
        {
            return "git apply has no such file";
        }

        var executable = (info.UnixFileMode & UnixFileMode.UserExecute) != 0;
        return !File.ReadAllBytes(info.FullName).AsSpan().SequenceEqual(expected.ToArray()) ? "the contents differ"
            : executable != (expected.Mode == TreeEntry.Executable) ? "the modes differ"
            : null;
    }
}
