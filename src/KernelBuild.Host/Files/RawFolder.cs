using System.Runtime.InteropServices;
using System.Text;
using KernelBuild.Host.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelBuild.Host.Files;

/// <summary>
/// A folder of this process's own in which names are bytes, as they are for Linux, git and tar. .NET's files have names in
/// UTF-8 only. Paths here are Latin-1 text, in which each character is a byte; they are relative to the folder, and the
/// caller has made the folders that they go through. Safe to use from several threads.
/// </summary>
public sealed class RawFolder : IDisposable
{
    private const uint FileMode = 0x1b6;
    private const uint ProgramMode = 0x1ff;

    private readonly SafeFileHandle _folder;

    private RawFolder(SafeFileHandle folder) => _folder = folder;

    /// <exception cref="IOException">The folder is not there.</exception>
    public static RawFolder Open(string path)
    {
        var folder = Libc.Open(path, Libc.OpenAsPlace);
        return folder.IsInvalid ? throw Failure(path) : new RawFolder(folder);
    }

    /// <exception cref="IOException">It cannot be made.</exception>
    public void MakeFolder(string path)
    {
        if (Libc.MakeFolderAt(_folder, ref Name(path), ProgramMode) != 0)
        {
            throw Failure(path);
        }
    }

    /// <exception cref="IOException">A file is there already, or cannot be written.</exception>
    public void WriteFile(string path, bool isExecutable, ReadOnlySpan<byte> content)
    {
        using var file = Libc.OpenAt(_folder, ref Name(path), Libc.OpenNew, isExecutable ? ProgramMode : FileMode);
        if (file.IsInvalid)
        {
            throw Failure(path);
        }

        if (!content.IsEmpty)
        {
            RandomAccess.Write(file, content, 0);
        }
    }

    /// <param name="target">Bytes as Latin-1 text.</param>
    /// <exception cref="IOException">Something is there already, or it cannot be written.</exception>
    public void WriteLink(string path, string target)
    {
        if (Libc.LinkAt(ref Name(target), _folder, ref Name(path)) != 0)
        {
            throw Failure(path);
        }
    }

    /// <exception cref="IOException">It cannot be read.</exception>
    public byte[] ReadFile(string path)
    {
        using var file = Libc.OpenAt(_folder, ref Name(path), Libc.OpenToRead, 0);
        if (file.IsInvalid)
        {
            throw Failure(path);
        }

        var content = new byte[RandomAccess.GetLength(file)];
        for (var at = 0; at < content.Length;)
        {
            var count = RandomAccess.Read(file, content.AsSpan(at), at);
            at += count > 0 ? count : throw new IOException($"'{Text(path)}' became shorter while it was read");
        }

        return content;
    }

    /// <exception cref="IOException">It is not there.</exception>
    public void RemoveFile(string path)
    {
        if (Libc.RemoveAt(_folder, ref Name(path), 0) != 0)
        {
            throw Failure(path);
        }
    }

    /// <exception cref="IOException">It is not there, or not empty.</exception>
    public void RemoveFolder(string path)
    {
        if (Libc.RemoveAt(_folder, ref Name(path), Libc.RemoveFolder) != 0)
        {
            throw Failure(path);
        }
    }

    /// <exception cref="IOException">It is not there.</exception>
    public void Rename(string path, string newPath)
    {
        if (Libc.RenameAt(_folder, ref Name(path), _folder, ref Name(newPath)) != 0)
        {
            throw Failure(path);
        }
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A path as a person reads it.</summary>
    public static string Text(string path) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(path));

    private static ref byte Name(string path)
    {
        var bytes = new byte[path.Length + 1];
        Encoding.Latin1.GetBytes(path, bytes);
        return ref MemoryMarshal.GetArrayDataReference(bytes);
    }

    private static IOException Failure(string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"'{Text(path)}': {Marshal.GetPInvokeErrorMessage(error)}", error);
    }
}
