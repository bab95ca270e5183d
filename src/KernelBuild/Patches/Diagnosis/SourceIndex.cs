using KernelBuild.Store;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>Every file of a source, listed only when a path is looked for that is not where a patch expects it.</summary>
internal sealed class SourceIndex(GitRepository repository, GitObjectId commit, CancellationToken cancellationToken)
{
    private const int ShortestId = 7;

    private Task<IReadOnlyList<(string Id, string Path)>>? _files;

    /// <summary>A file with this content.</summary>
    /// <param name="id">Its blob's name, shortened or not.</param>
    public async Task<string?> FindByIdAsync(string id) =>
        id.Length < ShortestId || id.All(digit => digit == '0')
            ? null
            : (await FilesAsync()).FirstOrDefault(file => file.Id.StartsWith(id, StringComparison.Ordinal)).Path;

    /// <summary>Files of the same name in other folders, those that share more of the path first.</summary>
    public async Task<IReadOnlyList<string>> FindByNameAsync(string path)
    {
        var name = "/" + Path.GetFileName(path);
        return [.. (await FilesAsync())
            .Where(file => file.Path.EndsWith(name, StringComparison.Ordinal) || "/" + file.Path == name)
            .Select(file => file.Path)
            .OrderByDescending(other => other.Split('/').Intersect(path.Split('/')).Count())
            .ThenBy(other => other, StringComparer.Ordinal)
            .Take(20)];
    }

    private Task<IReadOnlyList<(string Id, string Path)>> FilesAsync() => _files ??= ListAsync();

    private async Task<IReadOnlyList<(string Id, string Path)>> ListAsync()
    {
        var files = new List<(string, string)>();
        await (repository.Git("-c", "core.quotePath=false", "ls-tree", "-r", commit.ToString()) with
        {
            // "MODE TYPE ID", a tab, the path
            OnOutput = line => files.Add((line[..line.IndexOf('\t', StringComparison.Ordinal)].Split(' ')[2], line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..])),
        }).RunAsync(cancellationToken);
        return files;
    }
}
