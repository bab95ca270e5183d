using KernelBuild.Diagnostics;

namespace KernelBuild.Host.Prerequisites;

/// <summary>What only Linux can do.</summary>
public static class DeviceHost
{
    /// <exception cref="DiagnosticException">KB9004.</exception>
    public static void RequireLinux()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.HostUnsupported,
                "a kernel build wants Linux, or WSL on Windows; the analysis tools (./nuke.sh Tool) run here too"));
        }
    }
}
