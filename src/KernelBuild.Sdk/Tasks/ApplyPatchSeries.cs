using KernelBuild.Build;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Makes the patched commit; see KernelBuild.Patches.PatchStage.</summary>
public sealed class ApplyPatchSeries : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, CancellationToken cancellationToken) => session.PatchAsync(cancellationToken);
}
