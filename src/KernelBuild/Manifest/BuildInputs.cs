using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Compile;
using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Patches.Series;

namespace KernelBuild.Manifest;

/// <summary>
/// Copies of what the project gave to a build, beside what the build made: project, lock file, patches, configuration, device trees. With
/// them the folder can be checked, and built again, by whoever gets it. The paths are those below the project's root.
/// </summary>
internal static class BuildInputs
{
    public const string Folder = "inputs";

    /// <summary>Larger ones, such as an archive among the defconfigs, are not copied.</summary>
    private const long MostBytes = 16 << 20;

    /// <summary>Makes the folder hold these files and no others.</summary>
    public static ImmutableArray<ManifestInput> Copy(DeviceBuild device)
    {
        var folder = Path.Combine(device.Folders.Artifacts, Folder);
        var inputs = ImmutableArray.CreateBuilder<ManifestInput>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (role, file) in Files(device).DistinctBy(input => input.File))
        {
            if (!File.Exists(file) || new FileInfo(file).Length > MostBytes || HoldsLogin(role, file))
            {
                continue;
            }

            var name = NameOf(device.RootFolder, file, names);
            var copy = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            AtomicFile.Copy(file, copy);
            inputs.Add(new ManifestInput($"{Folder}/{name}", new FileInfo(copy).Length, Sha256Digest.OfFile(copy).ToString(), role));
        }

        RemoveOthers(folder, names);
        return inputs.ToImmutable();
    }

    public static void Remove(DeviceFolders folders)
    {
        if (Path.Combine(folders.Artifacts, Folder) is var folder && Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<(string Role, string File)> Files(DeviceBuild device)
    {
        yield return ("project", device.ProjectFile);
        yield return ("lock", device.LockFile);
        foreach (var series in device.WithoutPatches ? [] : device.PatchSeries.Select(PatchSeries.Load))
        {
            yield return ("series", Path.Combine(series.Folder, "series"));
            foreach (var patch in series.Patches)
            {
                yield return ("patch", patch.Path);
            }
        }

        foreach (var file in device.ConfigFragments.Concat(device.Defconfigs.Where(Path.IsPathRooted)))
        {
            yield return ("configuration", file);
        }

        foreach (var file in device.BuildConfigs.Where(Path.IsPathRooted))
        {
            yield return ("buildConfig", file);
        }

        foreach (var file in DeviceTreeSources.OfProject(device).SelectMany(DeviceTreeSources.Closure))
        {
            yield return ("deviceTree", file);
        }
    }

    /// <summary>A project with a password in an address is not handed on.</summary>
    private static bool HoldsLogin(string role, string file) =>
        role == "project" && File.ReadAllText(file) is var text && SourceAddress.Redacted(text) != text;

    private static string NameOf(string root, string file, HashSet<string> names)
    {
        var below = Path.GetRelativePath(root, file);
        var name = below.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(below)
            ? "outside/" + Path.GetFileName(file)
            : below;
        var unique = name;
        for (var number = 2; !names.Add(unique); number++)
        {
            unique = string.Create(CultureInfo.InvariantCulture, $"{name}.{number}");
        }

        return unique;
    }

    private static void RemoveOthers(string folder, HashSet<string> names)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (!names.Contains(Path.GetRelativePath(folder, file)))
            {
                File.Delete(file);
            }
        }

        foreach (var empty in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length))
        {
            if (!Directory.EnumerateFileSystemEntries(empty).Any())
            {
                Directory.Delete(empty);
            }
        }
    }
}
