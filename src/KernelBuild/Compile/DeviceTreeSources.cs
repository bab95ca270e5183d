using System.Text.RegularExpressions;

namespace KernelBuild.Compile;

/// <summary>A device-tree source of the device's own and the files of its own that it includes, directly or not.</summary>
public static partial class DeviceTreeSources
{
    /// <summary>
    /// The file itself and every existing file that #include, /include/ or /incbin/ names, beside the including file or in the
    /// folder of the first one, which the compiler searches too. Headers of the kernel come with the kernel's commit.
    /// </summary>
    public static IReadOnlyList<string> Closure(string file)
    {
        var root = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([file]);
        while (open.TryPop(out var next))
        {
            if (!File.Exists(next) || !found.Add(next))
            {
                continue;
            }

            foreach (var name in File.ReadLines(next)
                .Select(line => Include().Match(line))
                .Where(match => match.Success)
                .Select(match => match.Groups[1].Value))
            {
                open.Push(Path.GetFullPath(name, Path.GetDirectoryName(next)!));
                open.Push(Path.GetFullPath(name, root));
            }
        }

        return [.. found];
    }

    [GeneratedRegex("""(?:^\s*#\s*include|/include/|/incbin/\s*\()\s*["<]([^">]+)""")]
    private static partial Regex Include();
}
