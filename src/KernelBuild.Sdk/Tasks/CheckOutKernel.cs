using KernelBuild.Devices;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Brings the work tree to the patched commit; see KernelBuild.Sources.WorkTree.</summary>
public sealed class CheckOutKernel : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, CancellationToken cancellationToken) => session.CheckOutAsync(cancellationToken);
}
