using System.Globalization;
using KernelBuild.Build;
using KernelBuild.Configure;
using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Patches.Series;
using KernelBuild.Stages;

namespace KernelBuild.Variants;

/// <summary>
/// Everything that decides what a cell's build makes, found without building. Where the checkout lies, how many jobs make has and whether
/// there is a compiler cache are no part of it.
/// </summary>
internal static class VariantKey
{
    /// <summary>Raised when cells begin to be built in another way.</summary>
    private const int Version = 1;

    /// <param name="device">The evaluated project, with the cell's series and fragments.</param>
    /// <param name="imports">Every project file: its targets may be hooks.</param>
    /// <param name="toolchain">Digest of all programs that the build may call.</param>
    /// <param name="emulator">Digest of the emulator when the cell is booted; null when it is not.</param>
    public static string Of(
        DeviceBuild device, IEnumerable<string> imports, LockedSource source, LockFile lockFile, string toolchain, string? emulator)
    {
        using var key = new ContentKey("variant", Version);
        key.Add("kernelbuild", OwnVersion())
            .Add("device", Relative(Normalized(device, emulator is not null).ToText(), device))
            .Add("source", $"{source.Commit} {source.Tree}")
            .Add("toolchain", toolchain)
            .Add("boot", emulator ?? "no");
        var projects = imports.Where(File.Exists).Select(file => Sha256Digest.OfFile(file).ToString());
        foreach (var digest in projects.Order(StringComparer.Ordinal))
        {
            key.Add("project", digest);
        }

        AddPatches(key, device);
        foreach (var fragment in device.ConfigFragments)
        {
            key.AddFile("fragment", fragment);
        }

        foreach (var file in DeviceInputs.OtherFiles(device))
        {
            key.AddFile(Relative(file, device), file);
        }

        foreach (var (package, locked) in lockFile.Packages)
        {
            key.Add("package " + package, $"{locked.Version} {locked.Sha256}");
        }

        if (emulator is not null)
        {
            foreach (var file in new[] { device.Emulation.ExpectedGroups, device.Emulation.ExpectedGroupsWithoutPatches }.OfType<string>())
            {
                key.Add("expected", File.Exists(file) ? Sha256Digest.OfFile(file).ToString() : "nothing");
            }
        }

        return key.Finish();
    }

    /// <summary>Name, place in the order, options and bytes of each patch: what the series' folder is called changes no kernel.</summary>
    private static void AddPatches(ContentKey key, DeviceBuild device)
    {
        foreach (var patch in device.WithoutPatches ? [] : device.PatchSeries.SelectMany(folder => PatchSeries.Load(folder).Patches))
        {
            key.Add("patch", string.Create(CultureInfo.InvariantCulture, $"{patch.Strip} {patch.Fuzz} {patch.IsReversed}"))
                .AddFile(patch.Name, patch.Path);
        }
    }

    /// <summary>Without what is named by its bytes instead, and without what changes how fast, not what.</summary>
    /// <param name="isBooted">Then the groups that are expected depend on whether patches were left out, or there are none.</param>
    private static DeviceBuild Normalized(DeviceBuild device, bool isBooted) => device with
    {
        PatchSeries = [],
        ConfigFragments = [],
        WithoutPatches = device.WithoutPatches || (!isBooted && device.PatchSeries.IsEmpty),
        VariantName = "",
        CompilerCache = Caching.CompilerCacheSetting.Default,
        BuildFarm = Farm.BuildFarmSetting.None,
        AdditionalInputs = [],
        // the key itself, not where this machine keeps it
        ArtifactSigningKey = File.Exists(device.ArtifactSigningKey) ? Sha256Digest.OfFile(device.ArtifactSigningKey).ToString() : device.ArtifactSigningKey,
    };

    /// <summary>A text whose paths hold for every checkout.</summary>
    private static string Relative(string text, DeviceBuild device) => text
        .Replace(Path.GetDirectoryName(device.ProjectFile)! + "/", "PROJECT/", StringComparison.Ordinal)
        .Replace(device.RootFolder + "/", "ROOT/", StringComparison.Ordinal)
        .Replace($"\"{device.RootFolder}\"", "\"ROOT\"", StringComparison.Ordinal);

    /// <summary>
    /// The identities of our assemblies: compilation is deterministic and paths are mapped, so that equal sources give equal identities
    /// in every checkout, and any change another one.
    /// </summary>
    private static string OwnVersion() => string.Join(' ', ((Type[])
    [
        typeof(VariantKey), typeof(Host.Files.AtomicFile), typeof(Git.Repositories.GitStore), typeof(PatchSeries),
        typeof(Diagnostics.Diagnostic), typeof(BootImages.Ramdisks.CpioWriter), typeof(ConfigFragment),
    ]).Select(type => type.Assembly).Distinct().Select(assembly => assembly.ManifestModule.ModuleVersionId.ToString("n")));
}
