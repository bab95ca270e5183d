using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KernelBuild.Host.Native;

/// <summary>The few calls of the C library that .NET does not offer.</summary>
internal static partial class Libc
{
    internal const int SigKill = 9;
    internal const int SigTerm = 15;

    /// <summary>kill(2): a negative <paramref name="pid"/> names a process group.</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Kill(int pid, int signal);

    /// <summary>_exit(2).</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial void Exit(int status);

    /// <summary>lstat(2) as statx(2) gives it; the buffer layout is the same on every Linux.</summary>
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Statx(int directory, string path, int flags, uint mask, out StatxBuffer buffer);

    /// <summary>The same for a name in an open folder, in UTF-8 with a NUL behind it.</summary>
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Statx(SafeFileHandle directory, ref byte name, int flags, uint mask, out StatxBuffer buffer);

    /// <summary>open(2) without a mode; the handle is invalid when it fails.</summary>
    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial SafeFileHandle Open(string path, int flags);

    /// <summary>openat(2) with a mode, which the umask is taken off; the handle is invalid when it fails.</summary>
    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial SafeFileHandle OpenAt(SafeFileHandle directory, ref byte name, int flags, uint mode);

    /// <summary>mkdirat(2).</summary>
    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int MakeFolderAt(SafeFileHandle directory, ref byte name, uint mode);

    /// <summary>symlinkat(2).</summary>
    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int LinkAt(ref byte target, SafeFileHandle directory, ref byte name);

    /// <summary>unlinkat(2).</summary>
    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int RemoveAt(SafeFileHandle directory, ref byte name, int flags);

    /// <summary>renameat(2).</summary>
    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int RenameAt(SafeFileHandle from, ref byte name, SafeFileHandle to, ref byte newName);

    /// <summary>AT_REMOVEDIR.</summary>
    internal const int RemoveFolder = 0x200;

    /// <summary>O_WRONLY, O_CREAT, O_EXCL and O_CLOEXEC: the same numbers on x86-64 and arm64.</summary>
    internal const int OpenNew = 0x8_00c1;

    /// <summary>O_RDONLY and O_CLOEXEC.</summary>
    internal const int OpenToRead = 0x8_0000;

    /// <summary>O_PATH and O_CLOEXEC: a folder to start from; the same numbers on x86-64 and arm64.</summary>
    internal const int OpenAsPlace = 0x28_0000;

    /// <summary>lseek(2).</summary>
    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial long Seek(SafeFileHandle file, long offset, int origin);

    internal const int SeekEnd = 2;
    internal const int AtFdCwd = -100;
    internal const int AtSymlinkNoFollow = 0x100;
    internal const uint StatxBasicStats = 0x7ff;

    [StructLayout(LayoutKind.Sequential)]
    internal struct StatxTimestamp
    {
        internal long Seconds;
        internal uint Nanoseconds;
        internal int Reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct StatxBuffer
    {
        internal uint Mask;
        internal uint BlockSize;
        internal ulong Attributes;
        internal uint Links;
        internal uint Uid;
        internal uint Gid;
        internal ushort Mode;
        internal ushort Spare0;
        internal ulong Inode;
        internal ulong Size;
        internal ulong Blocks;
        internal ulong AttributesMask;
        internal StatxTimestamp AccessTime;
        internal StatxTimestamp BirthTime;
        internal StatxTimestamp ChangeTime;
        internal StatxTimestamp ModifyTime;
        internal uint RdevMajor;
        internal uint RdevMinor;
        internal uint DevMajor;
        internal uint DevMinor;
        internal fixed ulong Spare[14];
    }
}
