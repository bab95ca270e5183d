using KernelBuild.Diagnostics;
using KernelBuild.Host.Prerequisites;
using KernelBuild.Host.Processes;

namespace KernelBuild.ModuleCheck;

/// <summary>
/// Images of file systems (vendor_dlkm.img), whose files the programs of their file system take out: debugfs, fsck.erofs, and simg2img for
/// Android's sparse form.
/// </summary>
public static class FileSystemImage
{
    private const int HeadLength = 8192;
    private const int Ext4Magic = 0x438;
    private const int Superblock = 0x400;
    private const int SuperMetadata = 0x1000;
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(10);
    private static readonly Dictionary<FileSystemKind, (string Program, string Package)> _programs = new()
    {
        [FileSystemKind.Ext4] = ("debugfs", "e2fsprogs"),
        [FileSystemKind.Erofs] = ("fsck.erofs", "erofs-utils"),
        [FileSystemKind.Sparse] = ("simg2img", "android-sdk-libsparse-utils"),
    };

    /// <summary>The kind of an image by its magic; null for other files, and for one that cannot be opened.</summary>
    public static FileSystemKind? Recognize(string path)
    {
        // zero behind the end of a small image
        Span<byte> head = new byte[HeadLength];
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
            stream.ReadAtLeast(head, HeadLength, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // whoever reads the file next says why
            return null;
        }

        return head.StartsWith((ReadOnlySpan<byte>)[0x3a, 0xff, 0x26, 0xed]) ? FileSystemKind.Sparse
            : head[SuperMetadata..].StartsWith("gDla"u8) ? FileSystemKind.Super
            : head[Superblock..].StartsWith((ReadOnlySpan<byte>)[0xe2, 0xe1, 0xf5, 0xe0]) ? FileSystemKind.Erofs
            : head[Superblock..].StartsWith((ReadOnlySpan<byte>)[0x10, 0x20, 0xf5, 0xf2]) ? FileSystemKind.F2fs
            : head[Ext4Magic..].StartsWith((ReadOnlySpan<byte>)[0x53, 0xef]) ? FileSystemKind.Ext4 : null;
    }

    /// <summary>What takes this file apart; nothing for other files and for folders.</summary>
    public static IEnumerable<Prerequisite> PrerequisitesOf(string path)
    {
        if (Recognize(path) is not { } kind)
        {
            return [];
        }

        // what a sparse image holds is seen when it is unpacked
        var kinds = kind == FileSystemKind.Sparse ? [kind, FileSystemKind.Ext4, FileSystemKind.Erofs] : (FileSystemKind[])[kind];
        return kinds.Where(_programs.ContainsKey).Select(one => _programs[one])
            .Select(one => new Prerequisite(one.Package, () => ProgramPath.FindAlsoInSbin(one.Program) is not null));
    }

    /// <exception cref="DiagnosticException">
    /// KB4004 with the package of the program that is missing; KB4005 when it fails; KB9010 for a kind that nothing here takes apart.
    /// </exception>
    public static async Task<ModuleSource> ReadAsync(string path, FileSystemKind kind, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("kernelbuild-modules-").FullName;
        try
        {
            var image = Path.GetFullPath(path);
            if (kind == FileSystemKind.Sparse)
            {
                image = Path.Combine(folder, "raw");
                await RunAsync(kind, [Path.GetFullPath(path), image], cancellationToken);
                kind = Recognize(image) ?? throw Unsupported(path, "a sparse image of something that is neither ext4 nor erofs");
            }

            var files = Directory.CreateDirectory(Path.Combine(folder, "files")).FullName;
            switch (kind)
            {
                case FileSystemKind.Ext4:
                    await RunAsync(kind, ["-R", $"rdump / \"{files}\"", image], cancellationToken);
                    break;
                case FileSystemKind.Erofs:
                    await RunAsync(kind, ["--extract=" + files, "--overwrite", "--no-preserve", image], cancellationToken);
                    break;
                default:
                    throw Unsupported(path, kind == FileSystemKind.Super ? "super.img, which holds several images" : "an f2fs image");
            }

            RemoveLinks(files);
            return Keep(ModuleSources.OfFolder(files, path, "!"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A link in an image may name any file of this machine.</summary>
    private static void RemoveLinks(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 };
        foreach (var link in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", options).Where(entry =>
            entry.LinkTarget is not null).ToList())
        {
            link.Delete();
        }
    }

    /// <summary>The folder goes away: what is only mapped is read now.</summary>
    private static ModuleSource Keep(ModuleSource source) => source with
    {
        Modules = [.. source.Modules.Select(file => file with { Bytes = file.Bytes.ToArray() })],
        Lists = [.. source.Lists.Select(file => file with { Bytes = file.Bytes.ToArray() })],
    };

    private static async Task RunAsync(FileSystemKind kind, string[] arguments, CancellationToken cancellationToken)
    {
        var (program, package) = _programs[kind];
        var found = ProgramPath.FindAlsoInSbin(program) ?? throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ToolMissing, $"the program '{program}', which reads this file system, is not on this host",
                $"apt-get install {package}"));
        await (new Command(found) { Timeout = _longest, OnOutput = _ => { } }).WithArguments(arguments).RunAsync(cancellationToken);
    }

    private static DiagnosticException Unsupported(string path, string what) => new(Diagnostic.Error(
        DiagnosticCodes.UsageInvalid, $"this is {what}, which is not taken apart here",
        "take vendor_dlkm.img out of it with lpunpack, or give a folder: adb pull /vendor_dlkm/lib/modules") with
    { File = path });
}
