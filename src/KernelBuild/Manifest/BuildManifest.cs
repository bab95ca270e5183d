using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using KernelBuild.BuildConfigs;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Toolchains;

namespace KernelBuild.Manifest;

/// <summary>
/// manifest.json: everything a build was made of and everything it made. Written last; a build without a manifest did not happen, and one
/// whose verdict is not "built" made nothing.
/// </summary>
public static class BuildManifest
{
    public const string FileName = "manifest.json";
    public const string SumsFileName = "SHA256SUMS";
    public const int FormatVersion = 2;

    /// <summary>Takes the old manifest away, and what vouches for it, before anything is changed.</summary>
    public static void Invalidate(DeviceFolders folders)
    {
        Directory.CreateDirectory(folders.Artifacts);
        File.Delete(Path.Combine(folders.Artifacts, FileName));
        foreach (var file in Directory.EnumerateFiles(folders.Artifacts, SumsFileName + "*"))
        {
            File.Delete(file);
        }
    }

    /// <summary>The JSON Schema of the manifest, docs/schemas/manifest-2.json.</summary>
    public static string Schema()
    {
        using var schema = new StreamReader(typeof(BuildManifest).Assembly.GetManifestResourceStream("KernelBuild.Manifest.manifest-2.json")!);
        return schema.ReadToEnd();
    }

    /// <summary>Whether the folder holds a build that ended well.</summary>
    public static bool IsFinished(DeviceFolders folders) => FindFinished(folders) is not null;

    /// <summary>The manifest of a build that ended well; null where there is none.</summary>
    public static ManifestDocument? FindFinished(DeviceFolders folders)
    {
        try
        {
            return Find(folders.Artifacts) is { Verdict.Result: ManifestVerdict.Built } manifest ? manifest : null;
        }
        catch (DiagnosticException)
        {
            return null;
        }
    }

    /// <returns>Null when the folder has none.</returns>
    /// <exception cref="DiagnosticException">KB9050 for one that cannot be read.</exception>
    public static ManifestDocument? Find(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? Read(path) : null;
    }

    /// <exception cref="DiagnosticException">KB9050.</exception>
    public static ManifestDocument Read(string path)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize(File.ReadAllBytes(path), ManifestJson.Default.ManifestDocument);
            return manifest is { FormatVersion: FormatVersion }
                ? manifest
                : throw Invalid(path, $"is of format version {manifest?.FormatVersion}, where {FormatVersion} is known");
        }
        catch (JsonException e)
        {
            throw Invalid(path, $"cannot be read: {e.Message}", e);
        }
    }

    /// <param name="buildConfig">What became of the variables of a build.config; empty without one.</param>
    public static async Task<ManifestDocument> WriteAsync(
        DeviceBuild device, IReadOnlyList<BuildConfigEntry> buildConfig, BuildState state, LockFile lockFile, CacheFolder cache, Toolchain toolchain,
        CancellationToken cancellationToken)
    {
        var outputs = state.Products.Order(StringComparer.Ordinal)
            .AsParallel().AsOrdered()
            .Select(name => (Name: name, Path: Path.Combine(device.Folders.Artifacts, name)))
            .Select(product => new ManifestFile(
                product.Name, new FileInfo(product.Path).Length, Sha256Digest.OfFile(product.Path).ToString()))
            .ToImmutableArray();
        var manifest = await OfAsync(
            device, buildConfig, state, lockFile, cache, toolchain, new ManifestVerdict(ManifestVerdict.Built, Reproducible: KeptVerdict.Of(device.Folders, outputs)),
            cancellationToken) with
        {
            Inputs = BuildInputs.Copy(device),
            Outputs = outputs,
        };
        Write(device.Folders, manifest);
        return manifest;
    }

    /// <summary>Leaves word of a build that failed.</summary>
    /// <param name="toolchain">Null where it was not known yet.</param>
    public static async Task WriteFailedAsync(
        DeviceBuild device, BuildState state, LockFile lockFile, CacheFolder cache, Toolchain? toolchain, string stage, IReadOnlyList<Diagnostic> findings,
        CancellationToken cancellationToken)
    {
        var verdict = new ManifestVerdict(
            ManifestVerdict.Failed, stage, [.. findings.Select(finding => ManifestParts.Finding(finding, device.RootFolder))]);
        BuildInputs.Remove(device.Folders);
        Write(device.Folders, await OfAsync(device, [], state, lockFile, cache, toolchain, verdict, cancellationToken));
    }

    public static void Write(DeviceFolders folders, ManifestDocument manifest) => AtomicFile.Write(
        Path.Combine(folders.Artifacts, FileName), JsonSerializer.Serialize(manifest, ManifestJson.Readable.ManifestDocument) + "\n");

    private static async Task<ManifestDocument> OfAsync(
        DeviceBuild device, IReadOnlyList<BuildConfigEntry> buildConfig, BuildState state, LockFile lockFile, CacheFolder cache, Toolchain? toolchain,
        ManifestVerdict verdict, CancellationToken cancellationToken) => new()
    {
        FormatVersion = FormatVersion,
        Device = device.Name,
        WithoutPatches = device.WithoutPatches,
        Verdict = verdict,
        Builder = Builder(),
        Project = await ProjectAsync(device, cancellationToken),
        Source = ManifestParts.Source(device.SourceRequest, state, lockFile, cache),
        Configuration = ManifestParts.Configuration(device, state),
        BuildConfig = ManifestParts.BuildConfig(device, buildConfig, state),
        Toolchain = toolchain is null ? null : ManifestParts.Toolchain(toolchain),
        Boot = ManifestParts.Boot(device, lockFile),
        Commands = state.Kernel is { } kernel ? [ManifestParts.BelowRoot(kernel.CommandLine, device.RootFolder)] : [],
        Compilation = ManifestParts.Compilation(state),
        Kernel = ManifestParts.Kernel(state),
        VendorModules = ManifestParts.VendorModules(state),
        Seconds = new SortedDictionary<string, double>(
            state.Durations.ToDictionary(stage => stage.Key, stage => Math.Round(stage.Value, 3)), StringComparer.Ordinal),
        Inputs = [],
        Outputs = [],
    };

    private static ManifestBuilder Builder()
    {
        // without the commit behind '+', which the tags' distance says as well
        var version = typeof(BuildManifest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
        return new ManifestBuilder(
            RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription, version?.InformationalVersion.Split('+')[0]);
    }

    private static async Task<ManifestProject> ProjectAsync(DeviceBuild device, CancellationToken cancellationToken)
    {
        var revision = await ProjectRevision.OfAsync(device.RootFolder, cancellationToken);
        var file = Path.GetRelativePath(device.RootFolder, device.ProjectFile);
        string[] build =
        [
            "dotnet", "build", file, "-p:Locked=true", .. device.WithoutPatches ? (string[])["-p:WithoutPatches=true"] : [],
        ];
        return new ManifestProject(
            file, [.. revision.Commit is { } commit ? (string[])["git checkout " + commit] : [], string.Join(' ', build)], revision.Commit,
            revision.IsDirty,
            File.Exists(device.LockFile)
                ? new ManifestLock(Path.GetRelativePath(device.RootFolder, device.LockFile), Sha256Digest.OfFile(device.LockFile).ToString())
                : null);
    }

    private static DiagnosticException Invalid(string path, string what, Exception? cause = null)
    {
        var error = Diagnostic.Error(
            DiagnosticCodes.ManifestUnreadable, $"the manifest {what}", "build again, or read it with the version that wrote it") with
        { File = path };
        return cause is null ? new DiagnosticException(error) : new DiagnosticException(error, cause);
    }
}
