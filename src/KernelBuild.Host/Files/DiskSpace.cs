namespace KernelBuild.Host.Files;

/// <summary>The one place that recognises a full disk (ENOSPC, EDQUOT; ERROR_DISK_FULL on Windows).</summary>
public static class DiskSpace
{
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;
    private const int WindowsDiskFull = 112;

    /// <summary>Whether a write failed for want of space.</summary>
    public static bool IsExhausted(Exception exception) =>
        (exception.HResult & 0xffff) is var code
        && (OperatingSystem.IsWindows() ? code == WindowsDiskFull : code is NoSpaceLeft or QuotaExceeded)
        || IsExhausted(exception.Message);

    /// <summary>Whether a line of a program's output says so: the C library's text for ENOSPC and EDQUOT.</summary>
    public static bool IsExhausted(string line) =>
        line.Contains("No space left on device", StringComparison.Ordinal)
        || line.Contains("Disk quota exceeded", StringComparison.Ordinal)
        || line.Contains("disk is full", StringComparison.OrdinalIgnoreCase)
        || line.Contains("not enough space on the disk", StringComparison.OrdinalIgnoreCase);
}
