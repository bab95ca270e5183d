using KernelBuild.Build;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Brings the work tree to the patched commit; see KernelBuild.CheckOut.WorkTree.</summary>
public sealed class CheckOutKernel : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, IBuildLog log, CancellationToken cancellationToken) =>
        session.CheckOutAsync(log, cancellationToken);
}
