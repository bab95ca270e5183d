using KernelBuild.Build;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Makes and proves boot.img; see KernelBuild.Pack.PackStage.</summary>
public sealed class PackBootImage : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, CancellationToken cancellationToken) => session.PackAsync(cancellationToken);
}
