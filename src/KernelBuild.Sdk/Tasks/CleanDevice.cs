using KernelBuild.Devices;
using Microsoft.Build.Framework;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Removes a device's work and products; the store and the downloads of the user's cache stay.</summary>
public sealed class CleanDevice : StageTask
{
    [Required]
    public string RootFolder { get; set; } = "";

    [Required]
    public string Variant { get; set; } = "";

    internal override Task ExecuteAsync(IBuildLog log, CancellationToken cancellationToken)
    {
        var folders = new DeviceFolders(RootFolder, Variant);
        if (Directory.Exists(folders.Artifacts))
        {
            Directory.Delete(folders.Artifacts, recursive: true);
        }

        if (Directory.Exists(folders.Work))
        {
            using (DeviceLock.Take(folders))
            {
                Directory.Delete(folders.Work, recursive: true);
            }
        }

        return Task.CompletedTask;
    }
}
