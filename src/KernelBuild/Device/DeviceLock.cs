using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Device;

/// <summary>One build of a device at a time. The lock is the kernel's (flock), so a crash or SIGKILL releases it.</summary>
public sealed class DeviceLock : IDisposable
{
    private readonly FileStream _file;

    private DeviceLock(FileStream file) => _file = file;

    /// <exception cref="DiagnosticException">KB9002 when another process builds this device.</exception>
    public static DeviceLock Take(DeviceFolders folders)
    {
        Directory.CreateDirectory(folders.Work);
        FileStream file;
        try
        {
            file = new FileStream(folders.BusyFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (FolderLock.IsHeld(e))
        {
            throw new DiagnosticException(
                Diagnostic.Error(
                    DiagnosticCodes.DeviceBusy,
                    $"'{folders.Variant}' is being built by another process{Holder(folders)}",
                    "wait for it to end, or build another device"),
                e);
        }

        // beside the lock, for .NET asks for a lock of its own before it reads a file
        AtomicFile.Write(HolderFile(folders), string.Create(
            CultureInfo.InvariantCulture, $"{Environment.ProcessId} since {DateTime.UtcNow:yyyy-MM-dd HH:mm:ss} UTC"));
        return new DeviceLock(file);
    }

    public void Dispose() => _file.Dispose();

    private static string HolderFile(DeviceFolders folders) => folders.BusyFile + ".by";

    private static string Holder(DeviceFolders folders)
    {
        try
        {
            return $" (process {File.ReadAllText(HolderFile(folders))})";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
