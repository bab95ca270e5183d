using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;

namespace KernelBuild.Host.Files;

/// <summary>Reads a file that the user named.</summary>
public static class InputFile
{
    // Below, a copy costs less than a mapping.
    private const int SmallestMapped = 1 << 20;

    /// <summary>The whole file, or KB9012.</summary>
    public static bool TryRead(string path, out ReadOnlyMemory<byte> bytes, [NotNullWhen(false)] out Diagnostic? error)
    {
        bytes = default;
        error = null;
        try
        {
            if (Directory.Exists(path))
            {
                error = Unreadable(path, "is a directory", "name the files in it");
                return false;
            }

            var length = new FileInfo(path).Length;
            if (length > Array.MaxLength)
            {
                error = Unreadable(path, $"has {length} bytes, more than 2 GiB", "cut the image out of the file first");
                return false;
            }

            // Pipes and devices have the length 0 too; opening a pipe could block for ever.
            ReadFiles.Add(path);
            bytes = length == 0 ? BlockDevice.TryRead(path, out var device) ? device : default : Read(path, (int)length);
            return true;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            error = Unreadable(path, "does not exist", "check the path");
        }
        catch (UnauthorizedAccessException)
        {
            error = Unreadable(path, "may not be read by you", "change its permissions, or copy it");
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or NotSupportedException)
        {
            error = Unreadable(path, $"cannot be read ({exception.GetType().Name})", "check the path and the disk");
        }

        return false;
    }

    private static ReadOnlyMemory<byte> Read(string path, int length)
    {
        if (length < SmallestMapped)
        {
            return File.ReadAllBytes(path);
        }

        return new MappedFile(File.OpenHandle(path), length).Memory;
    }

    /// <summary>The whole file.</summary>
    /// <exception cref="DiagnosticException">KB9012.</exception>
    public static ReadOnlyMemory<byte> Read(string path) =>
        TryRead(path, out var bytes, out var error) ? bytes : throw new DiagnosticException(error);

    private static Diagnostic Unreadable(string path, string why, string fix) =>
        Diagnostic.Error(DiagnosticCodes.FileUnreadable, $"the file {why}", fix) with { File = path };
}
