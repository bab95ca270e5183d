using System.Text.Json;
using System.Text.Json.Serialization;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch;

/// <summary>What was resolved, beside the device project and under version control: DEVICE.lock.json.</summary>
public sealed class LockFile
{
    /// <summary>Null when none was resolved yet.</summary>
    public LockedSource? Source { get; set; }

    /// <summary>Packages that files of the ramdisk come from, by their spec.</summary>
    public SortedDictionary<string, LockedPackage> Packages { get; init; } = new(StringComparer.Ordinal);

    [JsonIgnore]
    public string Path { get; private set; } = "";

    /// <returns>An empty lock when there is no such file.</returns>
    /// <exception cref="DiagnosticException">KB1009.</exception>
    public static LockFile Load(string path)
    {
        if (!File.Exists(path))
        {
            return new LockFile { Path = path };
        }

        try
        {
            var lockFile = JsonSerializer.Deserialize(File.ReadAllText(path), LockFileJson.Default.LockFile) ?? new LockFile();
            if (lockFile.Source is { } source && (source.Commit == default || source.Tree == default))
            {
                throw new DiagnosticException(Invalid(path, "the lock file names no full commit and tree for the source"));
            }

            lockFile.Path = path;
            return lockFile;
        }
        catch (JsonException e)
        {
            throw new DiagnosticException(
                Invalid(path, $"the lock file is no JSON of a lock: {e.Message}") with { Line = (int)(e.LineNumber ?? -1) + 1 }, e);
        }
    }

    private static Diagnostic Invalid(string path, string what) => Diagnostic.Error(
        DiagnosticCodes.LockFileInvalid, what, "restore it from version control, or delete it to resolve the sources anew") with
    { File = path };

    /// <summary>Writes the lock unless the file says the same already.</summary>
    public void Save()
    {
        var text = JsonSerializer.Serialize(this, LockFileJson.Readable.LockFile) + "\n";
        if (!File.Exists(Path) || File.ReadAllText(Path) != text)
        {
            AtomicFile.Write(Path, text);
        }
    }
}

/// <param name="Spec">The source as the project named it when this was resolved.</param>
/// <param name="Version">The package's version, or what the ref was.</param>
/// <param name="Sha256">Of the file that was downloaded; null for git.</param>
/// <param name="Commit">In the store.</param>
/// <param name="Tree">The identity of the source.</param>
public sealed record LockedSource(string Spec, string Version, Sha256Digest? Sha256, GitObjectId Commit, GitObjectId Tree);

/// <param name="Version">The package's version.</param>
/// <param name="Sha256">Of the .deb.</param>
public sealed record LockedPackage(string Version, Sha256Digest Sha256);
