namespace KernelBuild.Device;

/// <summary>
/// Where a device's work stands. Tree and output are neighbours under one folder, so that the path from one to the other is
/// the same for every device and checkout: the compiler cache then answers across all of them.
/// </summary>
public sealed record DeviceFolders(string Root, string Variant)
{
    /// <summary>What the name of a device has behind it in the name of its build without patches.</summary>
    public const string WithoutPatches = ".without-patches";

    public string Work => Path.Combine(Root, ".work", Variant);

    /// <summary>The patched kernel tree.</summary>
    public string Tree => Path.Combine(Work, "tree");

    /// <summary>git's index of <see cref="Tree"/>.</summary>
    public string TreeIndex => Path.Combine(Work, "tree.index");

    /// <summary>kbuild's O= folder.</summary>
    public string Output => Path.Combine(Work, "out");

    /// <summary>The whole PATH of the build: links to the programs of the toolchain.</summary>
    public string Tools => Path.Combine(Work, "tools");

    /// <summary>The whole PATH of a build.config: links to the programs of the toolchain that are no compilers.</summary>
    public string ScriptTools => Path.Combine(Work, "script-tools");

    /// <summary>A view of <see cref="Tree"/> that commands of a build.config may write to.</summary>
    public string Shadow => Path.Combine(Work, "shadow");

    /// <summary>The evaluated project.</summary>
    public string DeviceFile => Path.Combine(Work, "device.json");

    /// <summary>Keys and results of the stages.</summary>
    public string RecordsFile => Path.Combine(Work, "records.json");

    /// <summary>Everything that the last good build depended on; absent while a build runs and after a failed one.</summary>
    public string UpToDateFile => Path.Combine(Work, "up-to-date");

    /// <summary>ccache's log of what it answered in the last compilation (its option stats_log).</summary>
    public string CompilerCacheLog => Path.Combine(Work, "ccache.log");

    /// <summary>ccache's log of each call of the last compilation (its option log_file); read when make has ended, then removed.</summary>
    public string CompilerCallsLog => Path.Combine(Work, "ccache-calls.log");

    /// <summary>What became of each call in the last compilation, and why those missed that did.</summary>
    public string CompilerCallsFile => Path.Combine(Work, "compiler-calls.json");

    /// <summary>ccache's settings while a shared cache lies behind the local one. No password stands in it.</summary>
    public string CompilerCacheConfig => Path.Combine(Work, "ccache.conf");

    /// <summary>For the object that measures a shared cache.</summary>
    public string CompilerCacheProbe => Path.Combine(Work, "ccache-probe");

    /// <summary>How calls of the compiler get to a build farm.</summary>
    public string Farm => Path.Combine(Work, "farm");

    /// <summary>What the farm's client said of each call of the last compilation; read when make has ended, then removed.</summary>
    public string FarmLog => Path.Combine(Logs, "farm.log");

    /// <summary>The last run for a person, in Markdown.</summary>
    public string SummaryFile => Path.Combine(Work, "summary.md");

    public string BusyFile => Path.Combine(Work, "busy");

    /// <summary>Edits found in <see cref="Tree"/>, kept as patches before the tree is put back.</summary>
    public string Rescued => Path.Combine(Root, ".work", "rescued");

    /// <summary>Image, boot.img, manifest.json…</summary>
    public string Artifacts => Path.Combine(Root, "artifacts", Variant);

    /// <summary>Removes the device's work and products. Rescued edits and the user's cache stay.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9002 while the device is being built.</exception>
    public void Clean()
    {
        if (Directory.Exists(Work))
        {
            using (DeviceLock.Take(this))
            {
                Directory.Delete(Work, recursive: true);
            }
        }

        if (Directory.Exists(Artifacts))
        {
            Directory.Delete(Artifacts, recursive: true);
        }
    }

    /// <summary>Every device and variant that has left work below a root folder.</summary>
    public static IReadOnlyList<DeviceFolders> All(string root)
    {
        var work = Path.Combine(root, ".work");
        return Directory.Exists(work)
            ? [.. Directory.EnumerateDirectories(work)
                .Where(folder => Path.GetFileName(folder) != "rescued")
                .Select(folder => new DeviceFolders(root, Path.GetFileName(folder)))]
            : [];
    }

    public string Logs => Path.Combine(Artifacts, "logs");
}
