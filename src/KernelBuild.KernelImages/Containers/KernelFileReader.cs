using System.Buffers.Binary;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Recognition;
using KernelBuild.DeviceTrees.Blob;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Containers;

/// <summary>Takes one layer after the other off a file.</summary>
internal sealed class KernelFileReader(long maximumLength)
{
    private const int DeepestNesting = 8;
    private const int ZbootPayloadOffset = 8;
    private const int ZbootPayloadSize = 12;
    private const int ZbootHeaderLength = 64;
    private const int PeHeaderPointer = 0x3c;
    private readonly List<KernelLayer> _layers = [];
    private int _depth;

    public KernelFile? Read(ReadOnlyMemory<byte> file, out Diagnostic? error)
    {
        var bytes = file;
        var offset = 0L;
        error = null;
        for (var steps = 0; error is null; steps++)
        {
            if (steps > DeepestNesting)
            {
                error = Error(
                    DiagnosticCodes.KernelNestedTooDeep, $"the kernel is wrapped more than {DeepestNesting} times",
                    "unwrap it by hand: no build makes such a file");
            }
            else if (Arm64Image.TryRead(bytes.Span, out var header))
            {
                return Raw(bytes, header, offset, out error);
            }
            else if (bytes.Span.StartsWith("\u007fELF"u8))
            {
                return FromElf(bytes, offset, out error);
            }
            else if (LoaderForm.Recognize(bytes) is { } form)
            {
                (bytes, offset) = FromLoaderForm(form, bytes, offset, out error);
            }
            else if (bytes.Span.StartsWith("ANDROID!"u8) || FindWrapped(bytes))
            {
                (bytes, offset) = FromBootImage(bytes, offset, out error);
            }
            else if (IsZboot(bytes.Span))
            {
                (bytes, offset) = FromZboot(bytes, offset, out error);
            }
            else if (CompressionFormats.Recognize(bytes.Span) != CompressionFormat.None)
            {
                bytes = Decompress(bytes, offset, out error);
                offset = 0;
            }
            else if (!ForeignKernel.IsOne(bytes.Span) && BehindPadding(bytes.Span) is > 0 and var padding)
            {
                _layers.Insert(CountOfOuter(), new KernelLayer(KernelLayerKind.Padding, _depth, offset, padding, ""));
                (bytes, offset) = (bytes[padding..], offset + padding);
            }
            else
            {
                error = ForeignKernel.Describe(bytes.Span);
            }
        }

        return null;
    }

    /// <summary>How many bytes of one value, 00 or ff, stand in front of something else; 0 when it is not so, or nothing follows.</summary>
    private static int BehindPadding(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] is not (0 or 0xff))
        {
            return 0;
        }

        // a kernel may start with a zero of its first instruction
        var count = bytes.IndexOfAnyExcept(bytes[0]) & ~3;
        return count >= 4 && bytes.Length - count >= Arm64Image.HeaderLength ? count : 0;
    }

    private (ReadOnlyMemory<byte> Bytes, long Offset) FromLoaderForm(
        LoaderForm form, ReadOnlyMemory<byte> bytes, long offset, out Diagnostic? error)
    {
        error = form.Error;
        if (error is not null)
        {
            return default;
        }

        _layers.Insert(CountOfOuter(), new KernelLayer(form.Kind, _depth, offset, form.Offset + form.Length, form.Detail));
        var end = (int)(form.Offset + form.Length);
        if (form.Kind is KernelLayerKind.UncompressedImage or KernelLayerKind.MtkHeader)
        {
            AddAppended(bytes[end..], offset + end);
        }

        return (bytes[(int)form.Offset..end], offset + form.Offset);
    }

    /// <summary>A boot image behind a vendor's wrapper.</summary>
    private bool FindWrapped(ReadOnlyMemory<byte> bytes) =>
        _layers.Count == 0 && CompressionFormats.Recognize(bytes.Span) == CompressionFormat.None
            && ImageFile.TryRead(bytes, out var file, out _) && file.Boot is not null;

    private KernelFile? Raw(ReadOnlyMemory<byte> bytes, Arm64Image header, long offset, out Diagnostic? error)
    {
        error = null;
        if (header.IsBigEndian)
        {
            error = Error(
                DiagnosticCodes.KernelNotArm64, "a big-endian arm64 kernel: only little-endian ones are read", "there is no workaround");
            return null;
        }

        var trees = DeviceTreeBlob.FindAppended(bytes.Span);
        AddAppended(bytes[trees..], offset + trees);
        bytes = bytes[..trees];
        _layers.Insert(
            CountOfOuter(),
            new KernelLayer(KernelLayerKind.Arm64Image, _depth, offset, bytes.Length, $"{header.ImageSize} bytes in memory"));
        if (bytes.Span.StartsWith("MZ"u8))
        {
            var pe = KernelBytes.U32(bytes.Span, PeHeaderPointer);
            if (KernelBytes.Fits(bytes.Span, pe, 4) && bytes.Span[(int)pe..].StartsWith("PE\0\0"u8))
            {
                _layers.Insert(
                    CountOfOuter(),
                    new KernelLayer(
                        KernelLayerKind.EfiStub, _depth, offset + pe, KernelBytes.U32(bytes.Span, pe + 84) - (long)pe, "PE header"));
            }
        }

        return new KernelFile([.. _layers], bytes, _depth == 0 ? offset : -1, null);
    }

    private KernelFile? FromElf(ReadOnlyMemory<byte> bytes, long offset, out Diagnostic? error)
    {
        if (!ElfLayout.TryRead(bytes, maximumLength, out var image, out var start, out error))
        {
            return null;
        }

        _layers.Add(new KernelLayer(KernelLayerKind.Elf, _depth, offset, bytes.Length, "vmlinux"));
        return new KernelFile([.. _layers], image, -1, start) { OwnSymbols = ElfSymbols.Read(bytes) };
    }

    private (ReadOnlyMemory<byte> Bytes, long Offset) FromBootImage(ReadOnlyMemory<byte> bytes, long offset, out Diagnostic? error)
    {
        error = null;
        if (!ImageFile.TryRead(bytes, out var file, out var findings) || file.Boot is not { } boot)
        {
            error = findings.FirstOrDefault(finding => finding.Severity == DiagnosticSeverity.Error)
                ?? Error(DiagnosticCodes.KernelNotRecognized, "the boot image holds no kernel", "give the boot.img with the kernel in it");
            return default;
        }

        if (boot.Kernel.IsEmpty)
        {
            error = Error(
                DiagnosticCodes.KernelNotRecognized, "the boot image has an empty kernel section",
                "an init_boot.img has none: give boot.img");
            return default;
        }

        var start = offset + (file.Wrapper?.Raw.Length ?? 0);
        var section = boot.Sections.First(candidate => candidate.Kind == BootImageSectionKind.Kernel);
        var at = start + section.Offset;
        _layers.Add(new KernelLayer(KernelLayerKind.BootImage, _depth, start, boot.Length, $"header version {boot.HeaderVersion}"));
        _layers.Add(new KernelLayer(KernelLayerKind.KernelSection, _depth, at, section.Content.Length, ""));
        var parts = SectionParts.OfKernel(section.Content);
        if (parts.Header is not null)
        {
            _layers.Add(new KernelLayer(KernelLayerKind.MtkHeader, _depth, at, MtkHeader.Length, parts.Header.Name));
        }

        AddAppended(parts.DeviceTrees, at + section.Content.Length - parts.DeviceTrees.Length);
        return (parts.Stream, at + parts.StreamOffset);
    }

    private (ReadOnlyMemory<byte> Bytes, long Offset) FromZboot(ReadOnlyMemory<byte> bytes, long offset, out Diagnostic? error)
    {
        error = null;
        long start = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[ZbootPayloadOffset..]);
        long size = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[ZbootPayloadSize..]);
        if (start < ZbootHeaderLength || size == 0 || !KernelBytes.Fits(bytes.Span, start, size))
        {
            error = Error(
                DiagnosticCodes.KernelTruncated,
                $"the EFI zboot header names a payload at 0x{start:x} of {size} bytes, and the file has {bytes.Length}",
                "copy the file again");
            return default;
        }

        _layers.Add(new KernelLayer(KernelLayerKind.EfiZboot, _depth, offset, bytes.Length, ""));
        return (bytes.Slice((int)start, (int)size), offset + start);
    }

    private ReadOnlyMemory<byte> Decompress(ReadOnlyMemory<byte> bytes, long offset, out Diagnostic? error)
    {
        if (!Decompressor.TryDecompress(bytes, out var data, out error, maximumLength))
        {
            return default;
        }

        _layers.Insert(
            CountOfOuter(),
            new KernelLayer(KernelLayerKind.Compressed, _depth, offset, data.CompressedLength, CompressionFormats.NameOf(data.Format)));
        if (_depth == 0 || !_layers.Exists(layer => layer.Kind == KernelLayerKind.AppendedDeviceTree))
        {
            AddAppended(bytes[data.CompressedLength..], offset + data.CompressedLength);
        }

        _depth++;
        return data.Content;
    }

    /// <summary>Device trees stay at the end of the list.</summary>
    private int CountOfOuter() => _layers.TakeWhile(layer => layer.Kind != KernelLayerKind.AppendedDeviceTree).Count();

    private void AddAppended(ReadOnlyMemory<byte> bytes, long offset)
    {
        while (DeviceTreeBlob.LengthOf(bytes.Span) is > 0 and var length)
        {
            _layers.Add(new KernelLayer(KernelLayerKind.AppendedDeviceTree, _depth, offset, length, ""));
            var next = bytes.Span[length..].IndexOf(DeviceTreeBlob.Magic);
            var step = next < 0 ? bytes.Length : length + next;
            bytes = bytes[step..];
            offset += step;
        }
    }

    private static bool IsZboot(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= ZbootHeaderLength && bytes.StartsWith("MZ"u8) && bytes[4..].StartsWith("zimg"u8);

    private static Diagnostic Error(string code, string message, string fix) => Diagnostic.Error(code, message, fix);
}
