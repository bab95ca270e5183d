using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Caching;

/// <summary>
/// The include files of each result that one manifest of ccache names, by path, each with its digest: the output of ccache --inspect.
/// </summary>
internal sealed partial class CachedManifest
{
    private readonly Dictionary<string, Dictionary<string, string>> _filesOf = new(StringComparer.Ordinal);

    private CachedManifest()
    {
    }

    /// <returns>Null where this ccache cannot tell, or tells in another form: why an object missed is no reason to fail a build.</returns>
    public static async Task<CachedManifest?> TryInspectAsync(Command ccache, string file, CancellationToken cancellationToken)
    {
        try
        {
            return Parse((await ccache.WithArguments("--inspect", file).RunAsync(cancellationToken)).Output);
        }
        catch (Exception e) when (e is DiagnosticException or FormatException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    public static CachedManifest Parse(IEnumerable<string> lines)
    {
        var manifest = new CachedManifest();
        var (paths, infos) = (new List<string>(), new List<(int Path, string Hash)>());
        var (section, path, used) = ("", 0, Array.Empty<int>());
        foreach (var line in lines)
        {
            if (Section().Match(line) is { Success: true } begun)
            {
                section = begun.Groups[1].Value;
            }
            else if (section == "File paths" && Numbered().Match(line) is { Success: true } named)
            {
                paths.Add(named.Groups[1].Value);
            }
            else if (line.Trim().Split(": ", 2) is [var name, var value])
            {
                switch (name)
                {
                    case "Path index": path = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture); break;
                    case "Hash": infos.Add((path, value)); break;
                    case "File info indexes": used = [.. Numbers().Matches(value).Select(match => int.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture))]; break;
                    case "Key":
                        manifest._filesOf[value] = used.ToDictionary(index => paths[infos[index].Path], index => infos[index].Hash, StringComparer.Ordinal);
                        break;
                    default: break;
                }
            }
        }

        return manifest;
    }

    /// <summary>The files in which two results differ; null when one of them is not in the manifest.</summary>
    public IEnumerable<string>? Differing(string result, string earlier)
    {
        if (!_filesOf.TryGetValue(result, out var files) || !_filesOf.TryGetValue(earlier, out var before))
        {
            return null;
        }

        return files.Where(file => before.GetValueOrDefault(file.Key) is { } hash && hash != file.Value).Select(file => file.Key)
            .Concat(files.Keys.Except(before.Keys).Select(file => file + " (not included before)"))
            .Concat(before.Keys.Except(files.Keys).Select(file => file + " (no longer included)"))
            .Order(StringComparer.Ordinal);
    }

    [GeneratedRegex(@"^(File paths|File infos|Results) \(\d+\):")]
    private static partial Regex Section();

    [GeneratedRegex(@"^  \d+: (.*)$")]
    private static partial Regex Numbered();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Numbers();
}
