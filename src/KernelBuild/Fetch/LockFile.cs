using System.Text.Json;
using System.Text.Json.Serialization;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch.Manifests;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch;

/// <summary>What was resolved, beside the device project and under version control: DEVICE.lock.json.</summary>
public sealed class LockFile
{
    /// <summary>Null when none was resolved yet.</summary>
    public LockedSource? Source { get; set; }

    /// <summary>
    /// Where the source is composed of several: each by its folder, the kernel's own by "."; empty for a single one. Submodules
    /// are among them for the reader; the commit that they stand in locks them. Of a manifest of repo, each project is one.
    /// </summary>
    [JsonIgnore]
    public SortedDictionary<string, LockedSource> Parts { get; private init; } = new(StringComparer.Ordinal);

    /// <summary><see cref="Parts"/> in the file, which does not speak of them when there are none.</summary>
    [JsonPropertyName("parts")]
    public SortedDictionary<string, LockedSource>? WrittenParts
    {
        get => Parts.Count > 0 ? Parts : null;
        init => Parts = new SortedDictionary<string, LockedSource>(value ?? [], StringComparer.Ordinal);
    }

    /// <summary>Packages that files of the ramdisk come from, by their spec.</summary>
    [JsonIgnore]
    public SortedDictionary<string, LockedPackage> Packages { get; private init; } = new(StringComparer.Ordinal);

    /// <summary><see cref="Packages"/> in the file; a file that does not speak of them has none.</summary>
    [JsonPropertyName("packages")]
    public SortedDictionary<string, LockedPackage>? WrittenPackages
    {
        get => Packages;
        init => Packages = new SortedDictionary<string, LockedPackage>(value ?? [], StringComparer.Ordinal);
    }

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
            if (lockFile.Parts.Values.Append(lockFile.Source).Any(source => source is not null && (source.Commit == default || source.Tree == default)))
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

    /// <summary>Takes user, password and token of URLs out of the specs.</summary>
    /// <returns>Whether there were any.</returns>
    public bool RemoveLogins()
    {
        var found = Source is { } source && source.Spec != SourceAddress.Redacted(source.Spec);
        Source = Source is null ? null : Source with { Spec = SourceAddress.Redacted(Source.Spec) };
        foreach (var (path, part) in Parts.ToArray())
        {
            found |= part.Spec != SourceAddress.Redacted(part.Spec);
            Parts[path] = part with { Spec = SourceAddress.Redacted(part.Spec) };
        }

        return found;
    }

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
public sealed record LockedSource(string Spec, string Version, Sha256Digest? Sha256, GitObjectId Commit, GitObjectId Tree)
{
    /// <summary>A source names it and not the project: a submodule, a manifest of repo, or a project of one.</summary>
    [JsonIgnore]
    public bool IsNamedBySource => Version is Submodules.Version || IsOfManifest;

    /// <summary>It stands in the tree that a manifest of repo is composed to.</summary>
    [JsonIgnore]
    public bool IsOfManifest => Version is RepoManifestSource.Version or ProjectFetch.Version;
}

/// <param name="Version">The package's version.</param>
/// <param name="Sha256">Of the .deb.</param>
public sealed record LockedPackage(string Version, Sha256Digest Sha256);
