using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Files;

/// <summary>Writes a file that is either the old one or the new one, whatever happens in between.</summary>
internal static class OutputFile
{
    /// <summary>Writes to a temporary name beside the target, flushes to the disk, renames.</summary>
    /// <exception cref="DiagnosticException">KB9012: the file cannot be written. KB1012: the disk is full.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            try
            {
                // Keeps the mode of a file that is replaced; CreateNew follows no link that somebody put there.
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, PreallocationSize = content.Length };
                if (!OperatingSystem.IsWindows() && File.Exists(path))
                {
                    options.UnixCreateMode = File.GetUnixFileMode(path);
                }

                using (var file = new FileStream(temporary, options))
                {
                    file.Write(content);
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
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            const int noSpace = 28;
            throw new DiagnosticException((exception.HResult & 0xffff) == noSpace
                ? Diagnostic.Error(DiagnosticCodes.DiskFull, $"the disk is full: {content.Length} bytes could not be written", "make room, and run the command again") with { File = path }
                : Diagnostic.Error(DiagnosticCodes.FileUnreadable, $"the file cannot be written ({exception.GetType().Name})", "check that its folder exists and is yours") with { File = path });
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
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DiagnosticException(Diagnostic.Error(DiagnosticCodes.FileUnreadable, $"the folder cannot be made ({exception.GetType().Name})", "choose another one") with { File = path });
        }
    }
}
