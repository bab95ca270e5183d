using System.Runtime.CompilerServices;
using System.Text;

namespace Nuke.Common.IO;

/// <summary>What a build does with files and directories.</summary>
public static class AbsolutePathExtensions
{
    /// <summary>
    /// Whether the file or directory exists. The expression says which: one that ends in file, executable, exe or script
    /// means a file; in directory, dir or folder, a directory.
    /// </summary>
    public static bool Exists(this AbsolutePath path, [CallerArgumentExpression(nameof(path))] string? expression = null)
    {
        bool EndsWith(params ReadOnlySpan<string> nouns)
        {
            foreach (var noun in nouns)
            {
                if (expression?.EndsWith(noun, StringComparison.OrdinalIgnoreCase) == true)
                {
                    return true;
                }
            }

            return false;
        }

        return EndsWith("file", "executable", "exe", "script") ? path.FileExists()
            : EndsWith("directory", "dir", "folder") ? path.DirectoryExists()
            : throw new ArgumentException($"'{expression}' does not say whether a file or a directory must exist: use FileExists or DirectoryExists", nameof(expression));
    }

    public static bool FileExists(this AbsolutePath path) => File.Exists(path);

    public static bool DirectoryExists(this AbsolutePath path) => Directory.Exists(path);

    /// <summary>Makes the directory and those above it, where they do not exist.</summary>
    public static AbsolutePath CreateDirectory(this AbsolutePath path)
    {
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>Makes the directory, or takes everything out of it.</summary>
    public static AbsolutePath CreateOrCleanDirectory(this AbsolutePath path)
    {
        path.DeleteDirectory();
        return path.CreateDirectory();
    }

    /// <summary>Deletes the file where it exists.</summary>
    public static void DeleteFile(this AbsolutePath path)
    {
        if (path.FileExists())
        {
            File.Delete(path);
        }
    }

    /// <summary>Deletes the directory and all below it, where it exists. Links are deleted, not what they point to.</summary>
    public static void DeleteDirectory(this AbsolutePath path)
    {
        if (path.DirectoryExists())
        {
            Directory.Delete(path, recursive: true);
        }
    }

    public static string ReadAllText(this AbsolutePath path, Encoding? encoding = null)
    {
        Assert.FileExists(path);
        return File.ReadAllText(path, encoding ?? Encoding.UTF8);
    }

    /// <summary>Writes the text, ended by one line break unless <paramref name="eofLineBreak"/> is false, and makes the directory for it.</summary>
    public static void WriteAllText(this AbsolutePath path, string content, Encoding? encoding = null, bool? eofLineBreak = null)
    {
        path.Parent?.CreateDirectory();
        var text = eofLineBreak ?? true ? content.TrimEnd('\r', '\n') + "\n" : content;
        File.WriteAllText(path, text, encoding ?? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
    }
}
