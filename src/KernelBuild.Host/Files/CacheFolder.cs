namespace KernelBuild.Host.Files;

/// <summary>
/// What is worth sharing between checkouts: $KERNELBUILD_CACHE, else $XDG_CACHE_HOME/kernelbuild, else ~/.cache/kernelbuild.
/// Can be deleted at any time; only time is lost.
/// </summary>
public sealed record CacheFolder(string Path)
{
    public string Store => System.IO.Path.Combine(Path, "store.git");

    public string Downloads => System.IO.Path.Combine(Path, "downloads");

    /// <summary>What was looked up of each source tree.</summary>
    public string Trees => System.IO.Path.Combine(Path, "trees");

    /// <summary>Who has signed which source.</summary>
    public string Signatures => System.IO.Path.Combine(Path, "signatures");

    public string CompilerCache => System.IO.Path.Combine(Path, "ccache");

    public string Apt => System.IO.Path.Combine(Path, "apt");

    public static CacheFolder FromEnvironment()
    {
        if (Environment.GetEnvironmentVariable("KERNELBUILD_CACHE") is { Length: > 0 } chosen)
        {
            return new CacheFolder(System.IO.Path.GetFullPath(chosen));
        }

        // XDG Base Directory Specification: a relative path is invalid and to be ignored
        var root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } xdg && System.IO.Path.IsPathFullyQualified(xdg)
            ? xdg
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return new CacheFolder(System.IO.Path.Combine(root, "kernelbuild"));
    }
}
