using System.IO.Enumeration;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.ModuleCheck;

/// <summary>Finds modules in whatever the user has of a device.</summary>
public static class ModuleSources
{
    /// <exception cref="DiagnosticException">
    /// KB9012 the file cannot be read; KB4004 a program for its file system is missing; KB8028 no modules in it; KB5001 and the like.
    /// </exception>
    public static async Task<ModuleSource> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var source = Directory.Exists(path) ? OfFolder(path, path, "/") : await OfFileAsync(path, cancellationToken);
        return source.Modules.Length > 0 || source.Findings.Any(finding => finding.Severity == DiagnosticSeverity.Error)
            ? source
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ModuleSourceEmpty, "there is no kernel module in it (*.ko, *.ko.gz, *.ko.xz, *.ko.zst)",
                "modules are in vendor_boot.img, init_boot.img, vendor_dlkm.img and below /vendor/lib/modules and "
                    + "/vendor_dlkm/lib/modules") with
            { File = path });
    }

    /// <param name="folder">Searched with all below it; links to folders are not followed.</param>
    /// <param name="name">What the files are named after.</param>
    /// <param name="separator">Between that and the path below the folder.</param>
    public static ModuleSource OfFolder(string folder, string name, string separator)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true };
        string[] files =
        [
            .. new FileSystemEnumerable<string>(folder, (ref FileSystemEntry entry) => entry.ToFullPath(), options)
            {
                ShouldIncludePredicate = static (ref FileSystemEntry entry) =>
                    !entry.IsDirectory && (IsModule(entry.FileName) || IsList(entry.FileName)),
                ShouldRecursePredicate = static (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
            },
        ];
        var (stored, findings) = (new List<StoredFile>(), new List<Diagnostic>());
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            if (InputFile.TryRead(file, out var bytes, out var error))
            {
                stored.Add(new StoredFile(
                    name.TrimEnd('/') + separator + Path.GetRelativePath(folder, file).Replace('\\', '/'), bytes));
            }
            else
            {
                findings.Add(error);
            }
        }

        return Of(name, stored, findings);
    }

    private static async Task<ModuleSource> OfFileAsync(string path, CancellationToken cancellationToken)
    {
        if (FileSystemImage.Recognize(path) is { } kind)
        {
            return await FileSystemImage.ReadAsync(path, kind, cancellationToken);
        }

        var bytes = InputFile.Read(path);
        if (IsModule(Path.GetFileName(path)) || bytes.Span.StartsWith("\u007fELF"u8))
        {
            return Of(path, [new StoredFile(path, bytes)], []);
        }

        if (CompressionFormats.Recognize(bytes.Span) == CompressionFormat.None && !IsArchive(bytes.Span))
        {
            return OfImage(path, bytes);
        }

        var (stored, findings) = (new List<StoredFile>(), new List<Diagnostic>());
        ReadRamdisk(bytes, path + "!", stored, findings);
        return Of(path, stored, findings);
    }

    /// <summary>boot.img, init_boot.img, recovery.img, vendor_boot.img: every ramdisk of it.</summary>
    private static ModuleSource OfImage(string path, ReadOnlyMemory<byte> bytes)
    {
        if (!ImageFile.TryRead(bytes, out var image, out var diagnostics))
        {
            throw new DiagnosticException([.. diagnostics.Select(diagnostic => diagnostic with { File = path })]);
        }

        var (stored, findings) = (new List<StoredFile>(), new List<Diagnostic>());
        if (image.Boot is { } boot)
        {
            ReadRamdisk(SectionParts.OfRamdisk(boot.Ramdisk).Stream, path + "!", stored, findings);
        }
        else if (image.VendorBoot is { Ramdisks.IsEmpty: true } old)
        {
            ReadRamdisk(old.Ramdisk, path + "!", stored, findings);
        }
        else if (image.VendorBoot is { } vendorBoot)
        {
            foreach (var (fragment, index) in vendorBoot.Ramdisks.Select((fragment, index) => (fragment, index)))
            {
                var name = fragment.Name.Length > 0 ? fragment.Name : $"{fragment.TypeName}-{index}";
                ReadRamdisk(fragment.Content, $"{path}!{name}:", stored, findings);
            }
        }

        return Of(path, stored, findings);
    }

    private static void ReadRamdisk(ReadOnlyMemory<byte> ramdisk, string prefix, List<StoredFile> stored, List<Diagnostic> findings)
    {
        if (ramdisk.IsEmpty)
        {
            return;
        }

        Diagnostic? error = null;
        if (!RamdiskSegments.TryRead(ramdisk, out var segments, out error))
        {
            findings.Add(error with { File = prefix.TrimEnd('!', ':') });
            return;
        }

        var entries = new List<CpioEntry>();
        foreach (var segment in segments.Segments)
        {
            if (!CpioArchive.TryRead(segment.Content, out var archive, out error))
            {
                findings.Add(error with { File = prefix.TrimEnd('!', ':') });
                return;
            }

            entries.AddRange(archive.Entries);
        }

        // a later entry replaces an earlier one of its name; a hard link has its content in the last of them
        var files = new Dictionary<string, CpioEntry>(StringComparer.Ordinal);
        foreach (var entry in entries.Where(entry => entry.Type == FileType.RegularFile))
        {
            if (!entry.Data.IsEmpty || entry.LinkCount <= 1)
            {
                files[entry.Path.TrimStart('/')] = entry;
            }
        }

        stored.AddRange(files
            .Where(pair => IsModule(Path.GetFileName(pair.Key)) || IsList(Path.GetFileName(pair.Key)))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new StoredFile(prefix + pair.Key, pair.Value.Data)));
    }

    private static ModuleSource Of(string path, List<StoredFile> stored, List<Diagnostic> findings) => new(
        path,
        [.. stored.Where(file => !IsList(file.FileName))],
        [.. stored.Where(file => IsList(file.FileName))],
        [.. findings]);

    private static bool IsArchive(ReadOnlySpan<byte> bytes) => bytes.StartsWith("070701"u8) || bytes.StartsWith("070702"u8);

    private static bool IsModule(ReadOnlySpan<char> name) => name.EndsWith(".ko") || name.EndsWith(".ko.gz") || name.EndsWith(".ko.xz")
        || name.EndsWith(".ko.zst");

    /// <summary>What Android's init reads (system/core/libmodprobe), with a suffix for each board or mode, such as
    /// modules.load.recovery.</summary>
    private static bool IsList(ReadOnlySpan<char> name) => name.StartsWith("modules.load") || name.StartsWith("modules.blocklist");
}
