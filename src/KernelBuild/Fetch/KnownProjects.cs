using System.Text;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch;

/// <summary>
/// Lock files of the projects that were built with a cache: what they name is still wanted, in whichever checkout they stand.
/// </summary>
public sealed class KnownProjects(CacheFolder cache)
{
    private string Folder => Path.Combine(cache.Path, "projects");

    /// <summary>Lock files that are still there.</summary>
    public IReadOnlyList<string> LockFiles => !Directory.Exists(Folder) ? [] :
    [
        .. Directory.EnumerateFiles(Folder)
            .Select(File.ReadAllText)
            .Where(File.Exists)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Forgets projects whose lock file is gone.</summary>
    public void RemoveGone()
    {
        foreach (var note in Directory.Exists(Folder) ? Directory.GetFiles(Folder) : [])
        {
            if (!File.Exists(File.ReadAllText(note)))
            {
                File.Delete(note);
            }
        }
    }

    public void Add(string lockFile)
    {
        var path = Path.GetFullPath(lockFile);
        var note = Path.Combine(Folder, Sha256Digest.Of(Encoding.UTF8.GetBytes(path)).ToString()[..32]);
        if (!File.Exists(note))
        {
            Directory.CreateDirectory(Folder);
            AtomicFile.Write(note, path);
        }
    }
}
