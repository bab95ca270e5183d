using KernelBuild.Build;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Sdk.Tasks;

/// <summary>Writes manifest.json, which makes the build valid; see KernelBuild.Manifest.BuildManifest.</summary>
public sealed class WriteManifest : DeviceTask
{
    internal override Task ExecuteAsync(BuildSession session, IBuildLog log, CancellationToken cancellationToken) =>
        session.WriteManifestAsync(log, cancellationToken);
}
