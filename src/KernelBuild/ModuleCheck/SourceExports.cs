using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using KernelBuild.KernelImages.Modules;

namespace KernelBuild.ModuleCheck;

/// <summary>
/// Which files of a kernel tree export some symbols, and which option compiles them: EXPORT_SYMBOL in the source, the conditions around it,
/// and the obj-$(CONFIG_…) lines of the Makefiles from the file's folder up. Conditions that a Makefile computes are not understood.
/// </summary>
public sealed partial class SourceExports
{
    /// <summary>scripts/Makefile.build takes Kbuild before Makefile.</summary>
    private static readonly string[] _makefiles = ["Kbuild", "Makefile"];
    private readonly string _tree;
    private readonly ModuleConfiguration? _configuration;

    private SourceExports(string tree, ModuleConfiguration? configuration)
    {
        _tree = tree;
        _configuration = configuration;
    }

    /// <summary>What is to be said of each symbol that the tree exports somewhere.</summary>
    /// <param name="tree">A kernel tree.</param>
    /// <param name="symbols">Wanted ones.</param>
    /// <param name="configuration">The new kernel's; null when it is not known.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public static IReadOnlyDictionary<string, string> Find(
        string tree, IReadOnlySet<string> symbols, ModuleConfiguration? configuration, CancellationToken cancellationToken)
    {
        var search = new SourceExports(tree, configuration);
        var found = new ConcurrentDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        if (symbols.Count > 0)
        {
            var options = new ParallelOptions { CancellationToken = cancellationToken };
            Parallel.ForEach(search.Files(), options, file => search.Search(file, symbols, found));
        }

        return found.ToDictionary(pair => pair.Key, pair => string.Join("; or ", pair.Value.Take(3)), StringComparer.Ordinal);
    }

    private IEnumerable<string> Files() =>
        Directory.EnumerateFiles(_tree, "*", new EnumerationOptions { RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(file => file.EndsWith(".c", StringComparison.Ordinal) || file.EndsWith(".S", StringComparison.Ordinal));

    private void Search(string file, IReadOnlySet<string> symbols, ConcurrentDictionary<string, SortedSet<string>> found)
    {
        var bytes = File.ReadAllBytes(file);
        if (bytes.AsSpan().IndexOf("EXPORT_"u8) < 0)
        {
            return;
        }

        var conditions = new Stack<string>();
        foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n'))
        {
            Follow(line, conditions);
            if (line.StartsWith("EXPORT_", StringComparison.Ordinal) && Export().Match(line) is { Success: true } match
                && symbols.Contains(match.Groups[1].Value))
            {
                var cause = Cause(Path.GetRelativePath(_tree, file).Replace('\\', '/'), conditions);
                var causes = found.GetOrAdd(match.Groups[1].Value, _ => new SortedSet<string>(StringComparer.Ordinal));
                lock (causes)
                {
                    causes.Add(cause);
                }
            }
        }
    }

    /// <summary>Keeps the conditions of the preprocessor that a line stands under.</summary>
    private static void Follow(string line, Stack<string> conditions)
    {
        if (Directive().Match(line) is not { Success: true } match)
        {
            return;
        }

        var text = match.Groups[2].Value.Trim();
        switch (match.Groups[1].Value)
        {
            case "if" or "ifdef":
                conditions.Push(text);
                break;
            case "ifndef":
                conditions.Push("!" + text);
                break;
            case "else" or "elif" when conditions.TryPop(out var condition):
                conditions.Push(text.Length > 0 ? text : "!(" + condition + ")");
                break;
            case "endif":
                conditions.TryPop(out _);
                break;
        }
    }

    private string Cause(string file, Stack<string> conditions)
    {
        List<string> needed = [.. Options(file).Distinct(StringComparer.Ordinal)];
        var off = needed.Where(option => _configuration is not null && _configuration[option] is not ("y" or "m")).ToArray();
        var asModule = needed.FirstOrDefault(option => _configuration is not null && _configuration[option] == "m");
        var under = conditions.Where(condition => condition.Contains("CONFIG_", StringComparison.Ordinal)).ToArray();
        var text = $"{file} exports it";
        if (off.Length > 0)
        {
            text += $", and {string.Join(" and ", off)} {(off.Length == 1 ? "is" : "are")} off: switch "
                + $"{(off.Length == 1 ? "it" : "them")} on";
        }
        else if (asModule is not null)
        {
            text += $", and is a module ({asModule}=m): give it as well with --modules, or set it to y";
        }
        else if (_configuration?.IsOn("CONFIG_TRIM_UNUSED_KSYMS") == true)
        {
            text += ", and CONFIG_TRIM_UNUSED_KSYMS=y takes away what no module of the build uses: name it in "
                + "CONFIG_UNUSED_KSYMS_WHITELIST, or "
                + "switch that off";
        }
        else if (needed.Count > 0)
        {
            text += _configuration is null
                ? $", compiled by {string.Join(" and ", needed)}"
                : $", and {string.Join(" and ", needed)} {(needed.Count == 1 ? "is" : "are")} on";
        }

        return under.Length > 0 ? $"{text}, under #if {string.Join(" and ", under)}" : text;
    }

    /// <summary>The options of the file's own Makefile line, and of its folder's in the Makefile above, up to the top.</summary>
    private IEnumerable<string> Options(string file)
    {
        var (folder, name) = (Path.GetDirectoryName(file) ?? "", Path.GetFileNameWithoutExtension(file) + ".o");
        while (true)
        {
            foreach (var option in OptionsOf(folder, name))
            {
                yield return option;
            }

            if (folder.Length == 0)
            {
                yield break;
            }

            name = Path.GetFileName(folder) + "/";
            folder = Path.GetDirectoryName(folder) ?? "";
        }
    }

    private IEnumerable<string> OptionsOf(string folder, string name)
    {
        var makefile = _makefiles.Select(file => Path.Combine(_tree, folder, file)).FirstOrDefault(File.Exists);
        if (makefile is null)
        {
            yield break;
        }

        var lines = File.ReadAllText(makefile).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n');
        string[] wanted = [name];

        // an object may be part of another one: foo-y := bar.o, foo-$(CONFIG_X) += bar.o, foo-objs := bar.o
        for (var depth = 0; depth < 3 && wanted.Length > 0; depth++)
        {
            var parents = new List<string>();
            foreach (var match in lines.Select(line => Assignment().Match(line)).Where(match => match.Success))
            {
                if (!match.Groups[3].Value.Split([' ', '\t']).Any(wanted.Contains))
                {
                    continue;
                }

                if (match.Groups[2].Value.StartsWith("$(CONFIG_", StringComparison.Ordinal))
                {
                    yield return match.Groups[2].Value[2..^1];
                }

                if (match.Groups[1].Value is not ("obj" or "lib"))
                {
                    parents.Add(match.Groups[1].Value + ".o");
                }
            }

            wanted = [.. parents];
        }
    }

    [GeneratedRegex(@"^EXPORT_[A-Z_]+\s*\(\s*([A-Za-z_][A-Za-z0-9_]*)")]
    private static partial Regex Export();

    [GeneratedRegex(@"^\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b(.*)$")]
    private static partial Regex Directive();

    [GeneratedRegex(@"^\s*([A-Za-z0-9_-]+?)-(y|m|objs|\$\(CONFIG_[A-Z0-9_]+\))\s*[:+]?=\s*(.*)$")]
    private static partial Regex Assignment();
}
