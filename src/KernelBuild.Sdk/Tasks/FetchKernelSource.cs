using KernelBuild.Build;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Brings the kernel's source into the store; see KernelBuild.Fetch.FetchStage.</summary>
public sealed class FetchKernelSource : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, CancellationToken cancellationToken) => session.FetchAsync(cancellationToken);
}
