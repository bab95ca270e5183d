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

    internal sealed override Task ExecuteAsync(IBuildLog log, CancellationToken cancellationToken)
    {
        // MSBuild runs a target alone, too, as 'msbuild -t:CompileKernel' in a process of its own
        var session = SessionOf(Device) ?? Share(new BuildSession(DeviceBuild.Load(Device), Options()));
        return ExecuteAsync(session, log, cancellationToken);
    }

    internal abstract Task ExecuteAsync(BuildSession session, IBuildLog log, CancellationToken cancellationToken);
}
