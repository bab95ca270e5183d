using System.Text.Json;
using KernelBuild.Compile;
using KernelBuild.Configure;
using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.ModuleCheck;
using KernelBuild.Patch;

namespace KernelBuild.Manifest;

/// <summary>What the stages of one build have found so far: how it goes from one MSBuild task to the next, and into the manifest.</summary>
public sealed record BuildState
{
    public LockedSource? Source { get; init; }

    public PatchedSource? Patched { get; init; }

    public ConfiguredKernel? Configured { get; init; }

    public CompiledKernel? Kernel { get; init; }

    /// <summary>Null for a device without vendor modules to check.</summary>
    public CheckedModules? VendorModules { get; init; }

    public IReadOnlyList<string> Products { get; init; } = [];

    /// <summary>When the host had all that the build needs; UTC.</summary>
    public DateTime ToolsReady { get; init; }

    /// <summary>Seconds of each stage in this run; a stage that had nothing to do takes milliseconds.</summary>
    public SortedDictionary<string, double> Durations { get; init; } = new(StringComparer.Ordinal);

    public static BuildState Load(DeviceFolders folders) =>
        JsonSerializer.Deserialize(File.ReadAllText(PathIn(folders)), BuildStateJson.Default.BuildState)
        ?? throw new InvalidDataException("no state of the build");

    public void Save(DeviceFolders folders) =>
        AtomicFile.Write(PathIn(folders), JsonSerializer.Serialize(this, BuildStateJson.Default.BuildState));

    private static string PathIn(DeviceFolders folders) => Path.Combine(folders.Work, "state.json");
}
