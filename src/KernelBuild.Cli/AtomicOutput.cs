using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli;

/// <summary>Writes a file that the user named: beside it first, flushed, then renamed, so that it is never there by half.</summary>
internal static class AtomicOutput
{
    /// <param name="error">KB9012.</param>
    public static bool TryWrite(string path, ReadOnlySpan<byte> bytes, [NotNullWhen(false)] out Diagnostic? error)
    {
        error = null;
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            error = Diagnostic.Error(DiagnosticCodes.FileUnreadable, $"the file cannot be written ({exception.GetType().Name})", "check the folder, its permissions and the space on the disk") with { File = path };
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            return false;
        }
    }
}
