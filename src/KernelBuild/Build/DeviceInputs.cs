using KernelBuild.Compile;
using KernelBuild.Device;
using KernelBuild.ModuleCheck;
using KernelBuild.Patches.Series;

namespace KernelBuild.Build;

/// <summary>The files outside of the source that a build of a device reads, by absolute path.</summary>
internal static class DeviceInputs
{
    /// <summary>The series files and their patches.</summary>
    public static IEnumerable<string> SeriesFiles(DeviceBuild device)
    {
        var series = device.WithoutPatches ? [] : device.PatchSeries.Select(PatchSeries.Load).ToArray();
        return series.Select(one => Path.Combine(one.Folder, "series"))
            .Concat(series.SelectMany(one => one.Patches).Select(patch => patch.Path));
    }

    /// <summary>All but series and fragments.</summary>
    public static IEnumerable<string> OtherFiles(DeviceBuild device)
    {
        var projectFolder = Path.GetDirectoryName(device.ProjectFile)!;
        return
        [
            .. device.Defconfigs.Concat(device.BuildConfigs).Where(Path.IsPathRooted),
            .. DeviceTreeSources.OfProject(device).SelectMany(DeviceTreeSources.Closure),
            .. device.RamdiskItems.Select(item => item.Source).Where(Path.IsPathRooted),
            .. device.AdditionalInputs,
            .. device.SourceParts.Prepend(device.KernelSource).SelectMany(item => item.SigningKeys)
                .Select(key => Path.GetFullPath(key, projectFolder)),
            .. device.StockFiles,
            .. ExternalModules.OfProject(device),
            .. ModuleCheckStage.FilesOf(device),
        ];
    }
}
