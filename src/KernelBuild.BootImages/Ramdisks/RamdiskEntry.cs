using System.Text;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>Something to put into a ramdisk. <see cref="CpioWriter"/> checks the path and adds missing parent directories.</summary>
public sealed record RamdiskEntry
{
    private const UnixFileMode DefaultDirectoryPermissions =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const UnixFileMode AllPermissions = DefaultDirectoryPermissions | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private RamdiskEntry(string path, FileType type, UnixFileMode permissions)
    {
        Path = path;
        Type = type;
        Permissions = permissions;
    }

    /// <summary>From the root of the ramdisk, without a leading slash: "bin/sh".</summary>
    public string Path { get; }

    public FileType Type { get; }

    /// <summary>The twelve lower bits of the mode.</summary>
    public UnixFileMode Permissions { get; }

    /// <summary>A file's content or a symbolic link's target; else empty.</summary>
    public ReadOnlyMemory<byte> Data { get; private init; }

    /// <summary>Of a device node.</summary>
    public uint DeviceMajor { get; private init; }

    /// <summary>Of a device node.</summary>
    public uint DeviceMinor { get; private init; }

    public uint Mode => (uint)Type | (uint)Permissions;

    /// <param name="path">Where it is in the ramdisk.</param>
    /// <param name="permissions">0755 when left out.</param>
    public static RamdiskEntry Directory(string path, UnixFileMode permissions = DefaultDirectoryPermissions) =>
        new(path, FileType.Directory, permissions);

    public static RamdiskEntry File(string path, ReadOnlyMemory<byte> content, UnixFileMode permissions) =>
        new(path, FileType.RegularFile, permissions) { Data = content };

    /// <summary>A symbolic link, mode 0777 as Linux shows it.</summary>
    /// <param name="path">Where it is in the ramdisk.</param>
    /// <param name="target">What it points to, absolute or relative; need not exist.</param>
    public static RamdiskEntry SymbolicLink(string path, string target) =>
        new(path, FileType.SymbolicLink, AllPermissions) { Data = Encoding.UTF8.GetBytes(target) };

    public static RamdiskEntry CharacterDevice(string path, uint major, uint minor, UnixFileMode permissions) =>
        new(path, FileType.CharacterDevice, permissions) { DeviceMajor = major, DeviceMinor = minor };

    public static RamdiskEntry BlockDevice(string path, uint major, uint minor, UnixFileMode permissions) =>
        new(path, FileType.BlockDevice, permissions) { DeviceMajor = major, DeviceMinor = minor };
}
