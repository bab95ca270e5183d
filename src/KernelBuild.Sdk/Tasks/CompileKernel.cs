using KernelBuild.Build;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Runs kbuild; see KernelBuild.Compile.CompileStage.</summary>
public sealed class CompileKernel : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, IBuildLog log, CancellationToken cancellationToken) =>
        session.CompileAsync(log, cancellationToken);
}
