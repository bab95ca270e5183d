using System.Buffers;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.Host.Files;

/// <summary>Writes a file that is either the old one or the new one, whatever happens in between.</summary>
public static class OutputFile
{
    /// <summary>Writes to a temporary name beside the target, flushes to the disk, renames.</summary>
    /// <exception cref="DiagnosticException">KB9012: the file cannot be written. KB1012: the disk is full. KB9010: the command has read it.</exception>
    public static void Write(string path, ReadOnlyMemory<byte> content) => Write(path, new ReadOnlySequence<byte>(content));

    /// <inheritdoc cref="Write(string, ReadOnlyMemory{byte})"/>
    public static void Write(string path, ReadOnlySequence<byte> content) => Write(path, content, _ => { });

    /// <summary>The same, and the file is proved before it gets its name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">All of it.</param>
    /// <param name="prove">
    /// Reads the file that it is given and throws when it is not what it should be; the disk is waited for meanwhile.
    /// </param>
    /// <exception cref="DiagnosticException">KB9012, KB1012, or what the proof throws; the old file is then as it was.</exception>
    public static void Write(string path, ReadOnlySequence<byte> content, Action<string> prove)
    {
        path = TargetOf(path);
        ReadFiles.RequireAnother(path);
        RefuseDevice(path);
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            try
            {
                // Keeps the mode of a file that is replaced; CreateNew follows no link that somebody put there.
                var options = new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    BufferSize = 0,
                    PreallocationSize = content.Length,
                };
                if (!OperatingSystem.IsWindows() && File.Exists(path))
                {
                    options.UnixCreateMode = File.GetUnixFileMode(path);
                }

                using (var file = new FileStream(temporary, options))
                {
                    MemoryWindow.CopyTo(content, file);
                    var flushed = Task.Run(() => file.Flush(flushToDisk: true));
                    try
                    {
                        prove(temporary);
                    }
                    finally
                    {
                        flushed.GetAwaiter().GetResult();
                    }
                }

                File.Move(temporary, path, overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException)
        {
            throw Unwritable(path, exception, content.Length);
        }
    }

    /// <summary>A file that is too large for memory, or whose content is made piece by piece.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes all of it into a stream that can seek.</param>
    /// <exception cref="DiagnosticException">KB9012, KB1012, or what the writer throws; the old file is then as it was.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        path = TargetOf(path);
        ReadFiles.RequireAnother(path);
        RefuseDevice(path);
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            try
            {
                using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16))
                {
                    write(file);
                    file.Flush(flushToDisk: true);
                }

                File.Move(temporary, path, overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException)
        {
            throw Unwritable(path, exception, null);
        }
    }

    private static DiagnosticException Unwritable(string path, Exception exception, long? length) => new(DiskSpace.IsExhausted(exception)
        ? Diagnostic.Error(
            DiagnosticCodes.DiskFull,
            length is null ? "the disk is full: the file could not be written" : $"the disk is full: {length} bytes could not be written",
            "make room, and run the command again") with { File = path }
        : Diagnostic.Error(
            DiagnosticCodes.FileUnreadable, $"the file cannot be written ({exception.GetType().Name})",
            "check that its folder exists and is yours") with { File = path });

    /// <summary>The file that a name stands for: at the end of symbolic links, which a renamed file would take the place of.</summary>
    /// <param name="path">Of a file that need not exist.</param>
    public static string TargetOf(string path)
    {
        try
        {
            // of a path without a folder the runtime takes the target from the root: dotnet/runtime resolves it against an empty name
            return File.ResolveLinkTarget(Path.GetFullPath(path), returnFinalTarget: true)?.FullName ?? path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // a circle of links, or no path at all: writing to it says why it cannot be written
            return path;
        }
    }

    /// <summary>Renaming would put a file in the place of a device's node, and leave the device as it was.</summary>
    private static void RefuseDevice(string path)
    {
        var full = Path.GetFullPath(path);
        if (!OperatingSystem.IsWindows() && full.StartsWith("/dev/", StringComparison.Ordinal)
            && !full.StartsWith("/dev/shm/", StringComparison.Ordinal))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.FileUnreadable, "the output is a device, and a file would take the place of its node",
                "write a file, look at it, and put it on the device with fastboot flash or dd") with { File = path });
        }
    }

    /// <summary>Makes a folder for output; one that exists is taken.</summary>
    /// <exception cref="DiagnosticException">KB9012.</exception>
    public static void MakeFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.FileUnreadable, $"the folder cannot be made ({exception.GetType().Name})",
                "choose another one") with { File = path });
        }
    }
}
