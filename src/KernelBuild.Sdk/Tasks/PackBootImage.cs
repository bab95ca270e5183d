using KernelBuild.Build;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Makes and proves boot.img; see KernelBuild.Pack.PackStage.</summary>
public sealed class PackBootImage : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, IBuildLog log, CancellationToken cancellationToken) =>
        session.PackAsync(log, cancellationToken);
}
