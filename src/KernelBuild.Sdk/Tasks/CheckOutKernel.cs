using KernelBuild.Build;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Brings the work tree to the patched commit; see KernelBuild.CheckOut.WorkTree.</summary>
public sealed class CheckOutKernel : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, CancellationToken cancellationToken) => session.CheckOutAsync(cancellationToken);
}
