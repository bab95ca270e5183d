using System.Text.Json;
using KernelBuild.Compile;
using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;

namespace KernelBuild.Manifest;

/// <summary>What the stages of one build have found so far: how it goes from one MSBuild task to the next, and into the manifest.</summary>
public sealed record BuildState
{
    public LockedSource? Source { get; init; }

    public string PatchedCommit { get; init; } = "";

    public string PatchedTree { get; init; } = "";

    public IReadOnlyList<PatchRecord> Patches { get; init; } = [];

    public CompiledKernel? Kernel { get; init; }

    public IReadOnlyList<string> Products { get; init; } = [];

    /// <summary>When the host had all that the build needs; UTC.</summary>
    public DateTime ToolsReady { get; init; }

    /// <summary>Seconds of each stage in this run; a stage that had nothing to do takes milliseconds.</summary>
    public SortedDictionary<string, double> Durations { get; init; } = new(StringComparer.Ordinal);

    public static BuildState Load(DeviceFolders folders) =>
        JsonSerializer.Deserialize(File.ReadAllText(PathIn(folders)), BuildStateJson.Default.BuildState)
        ?? throw new InvalidDataException("no state of the build");

    public void Save(DeviceFolders folders) => AtomicFile.Write(PathIn(folders), JsonSerializer.Serialize(this, BuildStateJson.Default.BuildState));

    private static string PathIn(DeviceFolders folders) => Path.Combine(folders.Work, "state.json");
}

/// <param name="Series">Name of the series.</param>
/// <param name="Name">As the series names it.</param>
/// <param name="Sha256">Of the patch file.</param>
/// <param name="Commit">The commit it made.</param>
/// <param name="Subject">First line of its message.</param>
public sealed record PatchRecord(string Series, string Name, string Sha256, string Commit, string Subject);
