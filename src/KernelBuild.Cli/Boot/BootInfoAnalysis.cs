using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Images;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Memory;
using KernelBuild.Compression.Recognition;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Boot;

/// <summary>Looks at everything in an image that this project knows to look at.</summary>
/// <param name="list">Whether the entries of the ramdisk are wanted.</param>
/// <param name="digests">Whether digests are wanted: each reads every byte, which takes longer than all the rest.</param>
internal sealed class BootInfoAnalysis(bool list, bool digests)
{
    public BootFileInfo Analyze(string file, ReadOnlyMemory<byte> bytes)
    {
        // The file's digest reads every byte, and so does the rest: two cores halve the time.
        var digest = digests ? Task.Run(() => Hash(bytes)) : null;
        var isImage = ImageFile.TryRead(bytes, out var image, out var diagnostics);
        var findings = diagnostics.ToList();
        var shift = image?.Wrapper?.Raw.Length ?? 0;

        // The fingerprint of a key is all that needs the library for digests here: it is loaded while the kernel is looked at.
        var avb = image?.Vbmeta is null ? null : Task.Run(() => KernelBuild.Cli.Images.AvbInfo.From(image));
        var boot = image?.Boot is { } read ? Describe(image, read, shift, findings) : null;
        return new BootFileInfo(file)
        {
            Size = bytes.Length,
            Sha256 = digest?.GetAwaiter().GetResult(),
            Kind = isImage ? BootVerifyText.NameOf(image!.Kind) : null,
            Wrapper = image?.Wrapper?.Name,
            Image = boot,
            VendorBoot = image?.VendorBoot is { } vendorBoot ? Describe(vendorBoot, shift) : null,
            Avb = avb?.GetAwaiter().GetResult(),
            Avb1 = image is null ? null : KernelBuild.Cli.Images.Avb1Info.From(image),
            Findings = [.. findings.Select(FindingInfo.From)],
        };
    }

    private VendorBootInfo Describe(VendorBootImage image, int shift)
    {
        var ramdisk = image.Sections.First(s => s.Kind == VendorBootSectionKind.Ramdisk);
        return new VendorBootInfo
        {
            HeaderVersion = image.HeaderVersion,
            HeaderSize = image.HeaderSize,
            PageSize = image.PageSize,
            Name = image.Name,
            CommandLine = image.CommandLine,
            Addresses = new AddressesInfo(image.Addresses.Kernel, image.Addresses.Ramdisk, 0, image.Addresses.Tags, image.Addresses.Dtb),
            Sections = [.. image.Sections.Where(s => !s.Content.IsEmpty).Select(s => Section(s.Name, s.Offset + shift, s.Content))],
            Fragments = [.. image.Ramdisks.Select(r => new FragmentInfo(
                r.Name, r.TypeName, ramdisk.Offset + r.Offset + shift, r.Size,
                CompressionFormats.NameOf(CompressionFormats.Recognize(r.Content.Span)), r.BoardId))],
            BootConfig = image.BootConfig.IsEmpty ? null : System.Text.Encoding.UTF8.GetString(image.BootConfig.Span),
        };
    }

    private BootImageInfo Describe(ImageFile file, BootImage image, int shift, List<Diagnostic> findings)
    {
        var tail = file.Bytes[(int)(shift + image.Length - image.Tail.Length)..];
        // What follows the sections is hashed behind the id: of a whole partition it may be half of the file.
        var idAndTail = Task.Run(() => new IdAndTail(
            digests ? BootImageId.Check(image) : null, tail.IsEmpty ? null : Section("tail", file.Bytes.Length - tail.Length, tail)));
        var kernelSection = image.Sections.First(s => s.Kind == BootImageSectionKind.Kernel);
        var kernelFindings = new List<Diagnostic>();
        var kernelContent = Task.Run(() => LookIntoKernel(kernelSection, shift, kernelFindings));
        SectionInfo[] sections =
        [
            .. image.Sections.Where(s => !s.Content.IsEmpty).Select(s => Section(s.Name, s.Offset + shift, s.Content)),
        ];
        var ramdiskFindings = new List<Diagnostic>();
        var ramdisk = DescribeRamdisk(image.Sections.First(s => s.Kind == BootImageSectionKind.Ramdisk), sections, shift, ramdiskFindings);
        var (id, tailSection) = idAndTail.GetAwaiter().GetResult();
        if (id is { } state && BootImageId.Explain(state) is { } idFinding)
        {
            findings.Add(idFinding);
        }

        var kernel = kernelContent.GetAwaiter().GetResult();
        findings.AddRange(kernelFindings);
        findings.AddRange(ramdiskFindings);
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
                : new AddressesInfo(
                    image.Addresses.Kernel, image.Addresses.Ramdisk, image.Addresses.Second, image.Addresses.Tags, image.Addresses.Dtb),
            Id = new IdInfo(
                id is { } known ? BootImageId.NameOf(known) : "not compared",
                image.Id.IsEmpty ? null : Convert.ToHexStringLower(image.Id.Span)),
            Sections = sections,
            Tail = tailSection,
            Kernel = kernel is { } found ? DescribeKernel(kernelSection, found.Data, found.Banner, sections) : null,
            Ramdisk = ramdisk,
        };
    }

    private SectionInfo Section(string name, long offset, ReadOnlyMemory<byte> content) =>
        new(
            name, offset, content.Length, CompressionFormats.NameOf(CompressionFormats.Recognize(content.Span)),
            digests ? Hash(content) : null);

    /// <summary>Decompresses the kernel and finds its banner, which may take a look at every byte.</summary>
    private static KernelContent? LookIntoKernel(BootImageSection section, int shift, List<Diagnostic> findings)
    {
        var parts = SectionParts.OfKernel(section.Content);
        return Decompress(parts.Stream, section.Name, section.Offset + shift + parts.StreamOffset, findings) is { } data
            ? new KernelContent(data, LinuxBanner.Find(data.Content))
            : null;
    }

    private KernelInfo DescribeKernel(BootImageSection section, DecompressedData data, string? banner, SectionInfo[] sections)
    {
        var parts = SectionParts.OfKernel(section.Content);
        var arm64 = Arm64Image.TryRead(data.Content.Span, out var header)
            ? new Arm64Info(
                header.TextOffset, header.ImageSize, header.IsBigEndian ? "big" : "little", header.PageSize,
                header.MayBePlacedAnywhere ? "anywhere" : "near the start of memory")
            : null;
        return new KernelInfo(
            data.Content.Length, HashOf(data.Content, section, sections),
            section.Content.Length - parts.StreamOffset - data.CompressedLength, banner, arm64);
    }

    private RamdiskInfo? DescribeRamdisk(BootImageSection section, SectionInfo[] sections, int shift, List<Diagnostic> findings)
    {
        var parts = SectionParts.OfRamdisk(section.Content);
        var at = section.Offset + shift + parts.StreamOffset;
        if (parts.Stream.IsEmpty)
        {
            return null;
        }

        if (!RamdiskSegments.TryRead(parts.Stream, out var ramdisk, out var unreadable))
        {
            findings.Add(Unreadable(unreadable, section.Name, at));
            return null;
        }

        var archives = new List<CpioArchive>();
        foreach (var segment in ramdisk.Segments)
        {
            if (!CpioArchive.TryRead(segment.Content, out var archive, out var error))
            {
                findings.Add(Problem(segment, error, at + segment.Offset));
                return null;
            }

            archives.Add(archive);
        }

        findings.AddRange(RamdiskFindings.Of(ramdisk, section.Name, at));
        CpioEntry[] entries = [.. archives.SelectMany(archive => archive.Entries)];
        var content = ramdisk.Joined();
        var files = entries.Count(e => e.Type == FileType.RegularFile);
        var directories = entries.Count(e => e.Type == FileType.Directory);
        var links = entries.Count(e => e.Type == FileType.SymbolicLink);
        return new RamdiskInfo(
            content.Length, HashOf(content, section, sections), archives.Sum(archive => archive.ArchiveCount), entries.Length, files,
            directories, links, entries.Length - files - directories - links,
            list
                ? [.. entries.Select(e => new RamdiskEntryInfo(
                    e.Path, Convert.ToString(e.Mode, 8), e.UserId, e.GroupId, e.Data.Length, e.LinkTarget))]
                : null)
        {
            Streams =
            [
                .. ramdisk.Segments.Zip(archives, (segment, archive) => new RamdiskStreamInfo(
                    at + segment.Offset, segment.Stored.Length, CompressionFormats.NameOf(segment.Format), archive.ArchiveCount,
                    archive.Entries.Length)),
            ],
        };
    }

    private static Diagnostic Problem(RamdiskSegment segment, Diagnostic error, long at)
    {
        // What does not even start like an archive is in a form of its own; what starts like one and breaks off is damaged.
        if (!segment.Content.Span.StartsWith("0707"u8))
        {
            error = error with { Severity = DiagnosticSeverity.Warning };
        }

        // In a compressed ramdisk the offset is not one of the file.
        return segment.Format == CompressionFormat.None
            ? error with { Message = $"in the ramdisk section: {error.Message}", Offset = at + error.Offset }
            : error with { Message = $"in the decompressed ramdisk, at its byte 0x{error.Offset:x}: {error.Message}", Offset = at };
    }

    private static DecompressedData? Decompress(ReadOnlyMemory<byte> stream, string name, long at, List<Diagnostic> findings)
    {
        if (stream.IsEmpty)
        {
            return null;
        }

        if (Decompressor.TryDecompress(stream, out var data, out var error))
        {
            return data;
        }

        findings.Add(Unreadable(error, name, at));
        return null;
    }

    /// <summary>A form that we cannot look into is no fault of the image.</summary>
    private static Diagnostic Unreadable(Diagnostic error, string name, long at) => error with
    {
        Severity = error.Code == DiagnosticCodes.CompressionUnsupported ? DiagnosticSeverity.Warning : error.Severity,
        Message = $"in the {name} section: {error.Message}",
        Offset = at + (error.Offset ?? 0),
    };

    /// <summary>What is stored as it is has been hashed with its section already.</summary>
    private string? HashOf(ReadOnlyMemory<byte> content, BootImageSection section, SectionInfo[] sections) =>
        !digests ? null
        : content.Equals(section.Content) ? sections.First(s => s.Name == section.Name).Sha256 : Hash(content);

    private sealed record IdAndTail(BootImageIdState? Id, SectionInfo? Tail);

    /// <summary>A kernel as it runs.</summary>
    private sealed record KernelContent(DecompressedData Data, string? Banner);

    private static string Hash(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(MemoryWindow.Sha256(bytes));
}
