using KernelBuild.Host.Native;

namespace KernelBuild.Host.Processes;

/// <summary>Ends this process when .NET's own ways do not keep the exit code.</summary>
public static class ProcessEnd
{
    /// <summary>_exit(2): no handlers, no finalizers, no flush.</summary>
    public static void Now(int exitCode)
    {
        if (OperatingSystem.IsLinux())
        {
            Libc.Exit(exitCode);
        }

        Environment.Exit(exitCode);
    }
}
