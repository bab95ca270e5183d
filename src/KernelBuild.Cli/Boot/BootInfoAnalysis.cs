using System.Security.Cryptography;
using KernelBuild.BootImages;
using KernelBuild.BootImages.Compression;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Boot;

/// <summary>Looks at everything in an image that this project knows to look at.</summary>
internal static class BootInfoAnalysis
{
    public static BootFileInfo Analyze(string file, byte[] bytes, bool list)
    {
        var isImage = BootImage.TryRead(bytes, out var image, out var diagnostics);
        var findings = diagnostics.ToList();
        var info = isImage ? Describe(image!, list, findings) : null;
        return new BootFileInfo(file)
        {
            Size = bytes.Length,
            Sha256 = Hash(bytes),
            Image = info,
            Findings = [.. findings.Select(FindingInfo.From)],
        };
    }

    private static BootImageInfo Describe(BootImage image, bool list, List<Diagnostic> findings)
    {
        var id = BootImageId.Check(image);
        if (BootImageId.Explain(id) is { } idFinding)
        {
            findings.Add(idFinding);
        }

        return new BootImageInfo
        {
            HeaderVersion = image.HeaderVersion,
            HeaderSize = image.HeaderSize,
            PageSize = image.PageSize,
            OsVersion = image.OsVersion.VersionText,
            OsPatchLevel = image.OsVersion.PatchLevelText,
            OsVersionRaw = image.OsVersion.Raw,
            Name = image.Name,
            CommandLine = image.CommandLine,
            Addresses = image.HeaderVersion >= 3
                ? null
                : new AddressesInfo(image.Addresses.Kernel, image.Addresses.Ramdisk, image.Addresses.Second, image.Addresses.Tags, image.Addresses.Dtb),
            Id = new IdInfo(BootImageId.NameOf(id), image.Id.IsEmpty ? null : Convert.ToHexStringLower(image.Id.Span)),
            Sections = [.. image.Sections.Where(s => !s.Content.IsEmpty).Select(s => Section(s.Name, s.Offset, s.Content))],
            Tail = image.Tail.IsEmpty ? null : Section("tail", image.Length - image.Tail.Length, image.Tail),
            Kernel = DescribeKernel(image.Sections.First(s => s.Kind == BootImageSectionKind.Kernel), findings),
            Ramdisk = DescribeRamdisk(image.Sections.First(s => s.Kind == BootImageSectionKind.Ramdisk), list, findings),
        };
    }

    private static SectionInfo Section(string name, long offset, ReadOnlyMemory<byte> content) =>
        new(name, offset, content.Length, CompressionFormats.NameOf(CompressionFormats.Recognize(content.Span)), Hash(content.Span));

    private static KernelInfo? DescribeKernel(BootImageSection section, List<Diagnostic> findings)
    {
        if (Decompress(section, findings) is not { } data)
        {
            return null;
        }

        var arm64 = Arm64Image.TryRead(data.Content.Span, out var header)
            ? new Arm64Info(
                header.TextOffset, header.ImageSize, header.IsBigEndian ? "big" : "little", header.PageSize,
                header.MayBePlacedAnywhere ? "anywhere" : "near the start of memory")
            : null;
        return new KernelInfo(
            data.Content.Length, Hash(data.Content.Span), section.Content.Length - data.CompressedLength, LinuxBanner.Find(data.Content.Span), arm64);
    }

    private static RamdiskInfo? DescribeRamdisk(BootImageSection section, bool list, List<Diagnostic> findings)
    {
        if (Decompress(section, findings) is not { } data)
        {
            return null;
        }

        if (!CpioArchive.TryRead(data.Content, out var archive, out var error))
        {
            // In a compressed ramdisk the offset is not one of the file.
            findings.Add(data.Format == CompressionFormat.None
                ? error with { Message = $"in the ramdisk section: {error.Message}", Offset = section.Offset + error.Offset }
                : error with { Message = $"in the decompressed ramdisk, at its byte 0x{error.Offset:x}: {error.Message}", Offset = section.Offset });
            return null;
        }

        var entries = archive.Entries;
        var files = entries.Count(e => e.Type == FileType.RegularFile);
        var directories = entries.Count(e => e.Type == FileType.Directory);
        var links = entries.Count(e => e.Type == FileType.SymbolicLink);
        return new RamdiskInfo(
            data.Content.Length, Hash(data.Content.Span), archive.ArchiveCount, entries.Length, files, directories, links, entries.Length - files - directories - links,
            list ? [.. entries.Select(e => new RamdiskEntryInfo(e.Path, Convert.ToString(e.Mode, 8), e.UserId, e.GroupId, e.Data.Length, e.LinkTarget))] : null);
    }

    private static DecompressedData? Decompress(BootImageSection section, List<Diagnostic> findings)
    {
        if (section.Content.IsEmpty)
        {
            return null;
        }

        if (Decompressor.TryDecompress(section.Content, out var data, out var error))
        {
            return data;
        }

        // A form that we cannot look into is no fault of the image.
        findings.Add(error with
        {
            Severity = error.Code == DiagnosticCodes.CompressionUnsupported ? DiagnosticSeverity.Warning : error.Severity,
            Message = $"in the {section.Name} section: {error.Message}",
            Offset = section.Offset + (error.Offset ?? 0),
        });
        return null;
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
