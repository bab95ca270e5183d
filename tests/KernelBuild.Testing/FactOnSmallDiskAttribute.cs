namespace KernelBuild.Testing;

/// <summary>A test that mounts a tmpfs, and is shown as skipped where that is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactOnSmallDiskAttribute : FactAttribute
{
    public FactOnSmallDiskAttribute()
    {
        var folder = Directory.CreateTempSubdirectory("kernelbuild-disk-").FullName;
        var mounted = OperatingSystem.IsLinux() && Oracle.Try("/", "mount", "-t", "tmpfs", "tmpfs", folder).ExitCode == 0;
        if (mounted)
        {
            Oracle.Text("/", "umount", folder);
        }

        Directory.Delete(folder);
        Skip = mounted ? null : "needs root that may mount a tmpfs";
    }
}
