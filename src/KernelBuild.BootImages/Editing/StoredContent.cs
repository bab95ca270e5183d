using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.Verification;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>How a new kernel or ramdisk is stored in the place of an old one.</summary>
/// <param name="Stored">The stream that goes into the section.</param>
/// <param name="Content">What it decompresses to.</param>
/// <param name="Note">What was done, for people; empty when the given bytes went in as they are.</param>
internal sealed record StoredContent(ReadOnlyMemory<byte> Stored, ReadOnlyMemory<byte> Content, string Note)
{
    /// <summary>What the old stream holds, where it had to be looked into; else null.</summary>
    public ReadOnlyMemory<byte>? Before { get; private init; }

    /// <summary>
    /// A stream that holds the same content as the old one is the old one; what is given compressed goes in as it is; the rest is
    /// compressed as the old stream was, because that is what the bootloader is known to unpack.
    /// </summary>
    /// <param name="name">kernel or ramdisk, for messages.</param>
    /// <param name="given">What the user gave.</param>
    /// <param name="old">The old stream; empty when there was none.</param>
    /// <param name="format">What the user asked for; null to follow the old stream.</param>
    /// <exception cref="DiagnosticException">KB5011 or KB5013: the given stream is damaged, or a format cannot be written.</exception>
    public static StoredContent For(string name, ReadOnlyMemory<byte> given, ReadOnlyMemory<byte> old, CompressionFormat? format)
    {
        var content = Decompressed(name, given, out var givenFormat);
        var oldFormat = CompressionFormats.Recognize(old.Span);
        var wanted = format ?? (givenFormat == CompressionFormat.None ? oldFormat : givenFormat);
        var before = !old.IsEmpty && wanted == oldFormat ? ContentOf(old) : null;
        if (before is { } same && MemoryWindow.AreEqual(same, content))
        {
            return new StoredContent(old, content, $"the {name} is unchanged; its stream stays as it is") { Before = before };
        }

        if (wanted == givenFormat)
        {
            return new StoredContent(given, content, "") { Before = before };
        }

        if (before is { } changed)
        {
            var replaced = Compressor.Replace(wanted, old, changed, content, out var isKept);
            return new StoredContent(
                replaced, content,
                isKept ? $"the {name} differs in a few bytes: the rest of its stream stays as it is" : How(name, wanted, format is null))
            { Before = before };
        }

        return new StoredContent(Compressor.Compress(wanted, content), content, How(name, wanted, format is null));
    }

    /// <summary>
    /// The same for a ramdisk: one of several archives, each stored in its own way, goes in as it is given, unless a format is asked for.
    /// </summary>
    public static StoredContent ForRamdisk(
        string name, ReadOnlyMemory<byte> given, ReadOnlyMemory<byte> old, CompressionFormat? format, List<Diagnostic> notes)
    {
        if (given.IsEmpty)
        {
            return For(name, given, old, format);
        }

        if (!RamdiskSegments.TryRead(given, out var ramdisk, out var error))
        {
            throw new DiagnosticException(error with { Message = $"in the given {name}: {error.Message}" });
        }

        if (SectionFitness.OfRamdisk(ramdisk.Segments[0].Content.Span) is { } unfit)
        {
            throw new DiagnosticException(unfit);
        }

        if (!old.IsEmpty && RamdiskSegments.TryRead(old, out var before, out _) && before.Segments.Length > ramdisk.Segments.Length)
        {
            notes.Add(Diagnostic.Warning(
                DiagnosticCodes.RamdiskArchives,
                $"the old {name} is made of {before.Segments.Length} streams of archives ({before.FormatNames}), and the given one of "
                + $"{ramdisk.Segments.Length}: it takes the place of them all",
                "to change one of them: kernelbuild boot ramdisk, or kernelbuild boot unpack --decompress and kernelbuild boot pack"));
        }

        return ramdisk.Segments.Length == 1 ? For(name, given, old, format)
            : format is not null ? For(name, ramdisk.Joined(), old, format)
            : new StoredContent(given, given,
            $"the {name} is made of {ramdisk.Segments.Length} streams ({ramdisk.FormatNames}), stored as given")
            { IsAsGiven = true };
    }

    /// <summary>What reading it back must find.</summary>
    public ExpectedContent Expected => IsAsGiven ? ExpectedContent.ExactlyStored(Stored) : ExpectedContent.Exactly(Content);

    /// <summary>Whether it is made of streams that are not looked into one by one.</summary>
    private bool IsAsGiven { get; init; }

    private static string How(string name, CompressionFormat wanted, bool isAsOld)
    {
        var how = wanted == CompressionFormat.None ? "decompressed"
            : $"compressed with {CompressionFormats.NameOf(wanted)}{(isAsOld ? ", as the old one is" : "")}";
        return $"the {name} was {how}";
    }

    /// <summary>What the old stream holds; null when it is damaged, or something follows it.</summary>
    private static ReadOnlyMemory<byte>? ContentOf(ReadOnlyMemory<byte> old) =>
        Decompressor.TryDecompress(old, out var data, out _) && data.CompressedLength == old.Length ? (ReadOnlyMemory<byte>?)data.Content : null;

    private static ReadOnlyMemory<byte> Decompressed(string name, ReadOnlyMemory<byte> given, out CompressionFormat format)
    {
        if (!Decompressor.TryDecompress(given, out var data, out var error))
        {
            throw new DiagnosticException(error with { Message = $"in the given {name}: {error.Message}" });
        }

        format = data.Format;
        return data.Content;
    }
}
