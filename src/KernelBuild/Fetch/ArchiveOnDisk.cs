using KernelBuild.Archives;
using KernelBuild.Diagnostics;

namespace KernelBuild.Fetch;

/// <summary>An archive in a file, with coded findings for what is wrong with it.</summary>
internal static class ArchiveOnDisk
{
    /// <exception cref="DiagnosticException">KB1005 when it is no archive, damaged or cut short.</exception>
    public static async Task ReadAsync(
        string file, string name, string scratchFolder, Func<IMemberReader, CancellationToken, Task> take,
        CancellationToken cancellationToken, Action<Func<double?>>? onOpen = null)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        var length = stream.Length;
        onOpen?.Invoke(() => stream.CanRead && length > 0 ? Math.Min(1, (double)stream.Position / length) : null);
        try
        {
            await ArchiveFile.ReadAsync(stream, name, scratchFolder, take, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new DiagnosticException(
                Diagnostic.Error(
                    DiagnosticCodes.ArchiveUnreadable, $"the archive is damaged or cut short: {e.Message}",
                    "fetch it again; if the digest was right, the archive itself is damaged") with
                { File = name },
                e);
        }
    }
}
