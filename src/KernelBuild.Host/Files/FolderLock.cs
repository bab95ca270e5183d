namespace KernelBuild.Host.Files;

/// <summary>One process at a time in a folder of the cache; others wait. The lock is flock's: a crash releases it.</summary>
public static class FolderLock
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

    /// <summary>EWOULDBLOCK of flock(2): somebody holds it. Everything else (a full disk, a read-only one) is an error.</summary>
    public static bool IsHeld(IOException exception) => (exception.HResult & 0xffff) == 11;

    public static async Task<IDisposable> TakeAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, ".lock");
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException e) when (IsHeld(e))
            {
                await Task.Delay(_interval, cancellationToken);
            }
        }
    }
}
