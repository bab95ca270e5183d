using KernelBuild.Build;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Brings the kernel's source into the store; see KernelBuild.Fetch.FetchStage.</summary>
public sealed class FetchKernelSource : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, IBuildLog log, CancellationToken cancellationToken) =>
        session.FetchAsync(log, cancellationToken);
}
