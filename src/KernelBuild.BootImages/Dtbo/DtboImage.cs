using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Dtbo;

/// <summary>A dtbo image: a table of device-tree overlays. It is kept as it was read; entries are slices of it.</summary>
public sealed record DtboImage
{
    /// <summary>Its fields as stored.</summary>
    public required DtboHeader Header { get; init; }

    /// <summary>The table and its overlays: as many bytes as <c>total_size</c> says.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>What follows in the file.</summary>
    public ReadOnlyMemory<byte> Tail { get; init; }

    public required ImmutableArray<DtboEntry> Entries { get; init; }

    public bool IsAcpi => Header.IsAcpi;

    public uint TotalSize => Header.TotalSize;

    public uint EntrySize => Header.EntrySize;

    public uint EntriesOffset => Header.EntriesOffset;

    /// <summary>Informative only: nothing is aligned to it.</summary>
    public uint PageSize => Header.PageSize;

    /// <summary>0, or 1 with flags in the entries.</summary>
    public uint Version => Header.Version;

    /// <summary>Reads an image.</summary>
    /// <param name="bytes">The whole file, or what is in front of its AVB data.</param>
    /// <param name="image">Null when the result is false.</param>
    /// <param name="diagnostics">Errors, when the result is false: KB5001, KB5002, KB5028. Otherwise warnings, KB5028 and KB5032.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out DtboImage? image, out IReadOnlyList<Diagnostic> diagnostics)
    {
        var reader = new DtboReader(bytes);
        image = reader.Read();
        diagnostics = reader.Diagnostics;
        return image is not null;
    }

    /// <summary>Reads an image that is known to be one.</summary>
    /// <exception cref="DiagnosticException">The errors of <see cref="TryRead"/>.</exception>
    public static DtboImage Read(ReadOnlyMemory<byte> bytes) => TryRead(bytes, out var image, out var diagnostics)
        ? image
        : throw new DiagnosticException([.. diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)]);

    /// <summary>The whole image, tail included.</summary>
    public byte[] ToArray() => [.. Bytes.Span, .. Tail.Span];
}
