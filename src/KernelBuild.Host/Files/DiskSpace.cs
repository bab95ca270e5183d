namespace KernelBuild.Host.Files;

/// <summary>The one place that recognises a full disk (ENOSPC, EDQUOT; ERROR_DISK_FULL on Windows).</summary>
public static class DiskSpace
{
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;
    private const int WindowsDiskFull = 112;

    /// <summary>
    /// What .NET throws when it cannot reserve a file's size has no error number; without resources its message is this key.
    /// </summary>
    private const string PreallocationFailed = "IO_DiskFull_Path_AllocationSize";

    /// <summary>Whether a write failed for want of space.</summary>
    public static bool IsExhausted(Exception exception) =>
        IsExhausted(exception.HResult & 0xffff)
        || IsExhausted(exception.Message)
        || exception.Message.Contains(PreallocationFailed, StringComparison.Ordinal);

    /// <summary>Whether the system's error number says so.</summary>
    public static bool IsExhausted(int error) =>
        OperatingSystem.IsWindows() ? error == WindowsDiskFull : error is NoSpaceLeft or QuotaExceeded;

    /// <summary>Whether a line of a program's output says so: the C library's text for ENOSPC and EDQUOT.</summary>
    public static bool IsExhausted(string line) =>
        line.Contains("No space left on device", StringComparison.Ordinal)
        || line.Contains("Disk quota exceeded", StringComparison.Ordinal)
        || line.Contains("disk is full", StringComparison.OrdinalIgnoreCase)
        || line.Contains("disk was full", StringComparison.OrdinalIgnoreCase)
        || line.Contains("not enough space on the disk", StringComparison.OrdinalIgnoreCase);
}
