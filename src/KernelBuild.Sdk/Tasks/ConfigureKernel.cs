using KernelBuild.Build;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Makes and audits .config; see KernelBuild.Configure.ConfigureStage.</summary>
public sealed class ConfigureKernel : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, CancellationToken cancellationToken) => session.ConfigureAsync(cancellationToken);
}
