using KernelBuild.Build;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Runs kbuild; see KernelBuild.Compile.CompileStage.</summary>
public sealed class CompileKernel : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, CancellationToken cancellationToken) => session.CompileAsync(cancellationToken);
}
