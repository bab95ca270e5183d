using KernelBuild.Build;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Makes the patched commit; see KernelBuild.Patches.PatchStage.</summary>
public sealed class ApplyPatchSeries : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, IBuildLog log, CancellationToken cancellationToken) =>
        session.PatchAsync(log, cancellationToken);
}
