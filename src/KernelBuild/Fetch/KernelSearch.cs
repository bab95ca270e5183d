namespace KernelBuild.Fetch;

/// <summary>Looks for a kernel among the names of an archive's members.</summary>
internal sealed class KernelSearch
{
    private const string Makefile = "Makefile";
    private const string Kconfig = "Kconfig";

    /// <summary>Every kernel has it, and a folder of drivers or another program with a Kconfig does not.</summary>
    private const string InnerKconfig = "init/Kconfig";

    private readonly HashSet<string> _makefiles = new(StringComparer.Ordinal);
    private readonly HashSet<string> _kconfigs = new(StringComparer.Ordinal);
    private readonly HashSet<string> _inner = new(StringComparer.Ordinal);

    /// <summary>Whether a kernel is the content of the archive, or of one folder at its top.</summary>
    public bool IsAtTop => _makefiles.Any(folder => IsTop(folder) && _kconfigs.Contains(folder));

    /// <summary>The folder of the kernel, "" for the archive's root; null when there is none.</summary>
    public string? Folder =>
        _makefiles
            .Where(folder => _kconfigs.Contains(folder) && (IsTop(folder) || _inner.Contains(folder)))
            .OrderBy(folder => folder.Length == 0 ? -1 : folder.Count(letter => letter == '/'))
            .ThenBy(folder => folder, StringComparer.Ordinal)
            .FirstOrDefault();

    public void See(string name)
    {
        var path = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        _ = Add(_inner, path, InnerKconfig) || Add(_makefiles, path, Makefile) || Add(_kconfigs, path, Kconfig);
        if (path.EndsWith(InnerKconfig, StringComparison.Ordinal))
        {
            Add(_kconfigs, path, Kconfig);
        }
    }

    private static bool Add(HashSet<string> folders, string path, string file)
    {
        if (path != file && !path.EndsWith("/" + file, StringComparison.Ordinal))
        {
            return false;
        }

        folders.Add(path[..^file.Length].TrimEnd('/'));
        return true;
    }

    private static bool IsTop(string folder) => !folder.Contains('/', StringComparison.Ordinal);
}
