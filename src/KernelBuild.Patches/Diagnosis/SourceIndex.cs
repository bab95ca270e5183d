using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>Every file of a source, listed only when a path is looked for that is not where a patch expects it.</summary>
internal sealed class SourceIndex(GitRepository repository, GitObjectId commit, CancellationToken cancellationToken)
{
    private const int ShortestId = 7;

    private List<(string Id, string Path)>? _files;

    /// <summary>A file with this content.</summary>
    /// <param name="id">Its blob's name, shortened or not.</param>
    public string? FindById(string id) =>
        id.Length < ShortestId || id.All(digit => digit == '0')
            ? null
            : Files().FirstOrDefault(file => file.Id.StartsWith(id, StringComparison.Ordinal)).Path;

    /// <summary>Files of the same name in other folders, those that share more of the path first.</summary>
    public IReadOnlyList<string> FindByName(string path)
    {
        var name = "/" + Path.GetFileName(path);
        return [.. Files()
            .Where(file => file.Path.EndsWith(name, StringComparison.Ordinal) || "/" + file.Path == name)
            .Select(file => file.Path)
            .OrderByDescending(other => other.Split('/').Intersect(path.Split('/')).Count())
            .ThenBy(other => other, StringComparer.Ordinal)
            .Take(20)];
    }

    private List<(string Id, string Path)> Files() => _files ??= ListAsync().GetAwaiter().GetResult();

    private async Task<List<(string Id, string Path)>> ListAsync()
    {
        var files = new List<(string, string)>();
        await (repository.Git("-c", "core.quotePath=false", "ls-tree", "-r", commit.ToString()) with
        {
            // "MODE TYPE ID", a tab, the path
            OnOutput = line => files.Add(
                (line[..line.IndexOf('\t', StringComparison.Ordinal)].Split(' ')[2],
                    line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..])),
        }).RunAsync(cancellationToken);
        return files;
    }
}
