using System.Text;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Fetch;

/// <summary>.gitmodules of a commit: which repository stands in which folder.</summary>
internal static class SubmoduleFile
{
    /// <summary>Address of each submodule by its folder; empty when the tree has no .gitmodules, or one that git cannot read.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(
        GitStore store, GitObjectId tree, CancellationToken cancellationToken)
    {
        var blob = $"{tree}:.gitmodules";
        var found = await (store.Git("cat-file", "-e", blob) with { AnswerCodes = [1, 128] }).RunAsync(cancellationToken);
        if (found.ExitCode != 0)
        {
            return new Dictionary<string, string>(StringComparer.Ordinal);
        }

        using var text = new MemoryStream();
        await (store.Git("config", "-z", "--blob", blob, "--get-regexp", @"^submodule\..*\.(path|url)$") with
        {
            // 1: no such setting; 128: no file of settings
            AnswerCodes = [1, 128],
            OutputConsumer = (stream, token) => stream.CopyToAsync(text, token),
        }).RunAsync(cancellationToken);
        var settings = Encoding.UTF8.GetString(text.ToArray())
            .Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(entry => entry.Split('\n', 2))
            .Where(entry => entry.Length == 2)
            .GroupBy(entry => entry[0], StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Last()[1], StringComparer.Ordinal);
        var urls = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, path) in settings.Where(one => one.Key.EndsWith(".path", StringComparison.Ordinal)))
        {
            if (settings.TryGetValue(key[..^"path".Length] + "url", out var url))
            {
                urls[path.TrimEnd('/')] = url;
            }
        }

        return urls;
    }

    /// <summary>An address that begins with ./ or ../ is relative to that of the repository it stands in (gitmodules(5)).</summary>
    /// <exception cref="FormatException">It leads out of the server.</exception>
    public static string Resolve(string url, string parent)
    {
        if (!url.StartsWith("./", StringComparison.Ordinal) && !url.StartsWith("../", StringComparison.Ordinal))
        {
            return url;
        }

        var at = parent.TrimEnd('/');
        var rest = url;
        while (true)
        {
            if (rest.StartsWith("./", StringComparison.Ordinal))
            {
                rest = rest[2..];
            }
            else if (rest.StartsWith("../", StringComparison.Ordinal))
            {
                var cut = at.LastIndexOf('/');
                var colon = at.LastIndexOf(':');
                if (cut > 0 && at[cut - 1] != '/')
                {
                    at = at[..cut];
                }
                else if (cut < 0 && colon > 0)
                {
                    // user@host:folder
                    return at[..(colon + 1)] + rest["../".Length..].TrimEnd('/');
                }
                else
                {
                    throw new FormatException($"'{url}' leads out of {SourceAddress.Redacted(parent)}");
                }

                rest = rest[3..];
            }
            else
            {
                return at + "/" + rest.TrimEnd('/');
            }
        }
    }
}
