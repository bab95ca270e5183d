using KernelBuild.Device;
using KernelBuild.Host.Reporting;
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
        new DeviceFolders(Path.GetFullPath(RootFolder).TrimEnd('/'), Variant).Clean();
        return Task.CompletedTask;
    }
}
