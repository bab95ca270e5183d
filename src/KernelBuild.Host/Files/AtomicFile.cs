using System.Buffers;
using System.Text;

namespace KernelBuild.Host.Files;

/// <summary>Files that are either the old ones or the new ones, whatever happens in between.</summary>
public static class AtomicFile
{
    /// <summary>Writes to a temporary name beside the target, flushes to the disk, renames.</summary>
    public static void Write(string path, ReadOnlyMemory<byte> content) => Write(path, new ReadOnlySequence<byte>(content));

    /// <inheritdoc cref="Write(string, ReadOnlyMemory{byte})"/>
    public static void Write(string path, ReadOnlySequence<byte> content)
    {
        var temporary = TemporaryName(path);
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                foreach (var piece in content)
                {
                    file.Write(piece.Span);
                }

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

    public static void Write(string path, string content) => Write(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Copies a file so that the target is never half there; equal content is left alone, with its times.</summary>
    public static void Copy(string source, string target)
    {
        if (File.Exists(target) && SameContent(source, target))
        {
            return;
        }

        var temporary = TemporaryName(target);
        try
        {
            File.Copy(source, temporary, overwrite: true);
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static bool SameContent(string first, string second)
    {
        if (new FileInfo(first).Length != new FileInfo(second).Length)
        {
            return false;
        }

        return File.ReadAllBytes(first).AsSpan().SequenceEqual(File.ReadAllBytes(second));
    }

    private static string TemporaryName(string path) => $"{path}.{Environment.ProcessId}.tmp";
}
