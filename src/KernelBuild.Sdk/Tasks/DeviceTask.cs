using KernelBuild.Build;
using KernelBuild.Device;
using KernelBuild.Host.Reporting;
using Microsoft.Build.Framework;

namespace KernelBuild.Sdk.Tasks;

/// <summary>A stage of a device that <see cref="PrepareBuild"/> has evaluated.</summary>
public abstract class DeviceTask : StageTask
{
    /// <summary>The file that <see cref="PrepareBuild"/> wrote.</summary>
    [Required]
    public string Device { get; set; } = "";

    internal sealed override Task ExecuteAsync(IBuildLog log, CancellationToken cancellationToken) =>
        ExecuteAsync(new BuildSession(DeviceBuild.Load(Device), Options(), log), cancellationToken);

    internal abstract Task ExecuteAsync(BuildSession session, CancellationToken cancellationToken);
}
