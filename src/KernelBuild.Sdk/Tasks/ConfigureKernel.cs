using KernelBuild.Build;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Makes and audits .config; see KernelBuild.Configure.ConfigureStage.</summary>
public sealed class ConfigureKernel : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, IBuildLog log, CancellationToken cancellationToken) =>
        session.ConfigureAsync(log, cancellationToken);
}
