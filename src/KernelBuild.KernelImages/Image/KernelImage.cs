using System.Diagnostics.CodeAnalysis;
using KernelBuild.Compression.Recognition;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Relocations;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.KernelImages.Image;

/// <summary>
/// An uncompressed arm64 kernel as it lies in memory from its first byte on, and what can be known of it without its source. Parts are read
/// when they are asked for.
/// </summary>
public sealed class KernelImage
{
    private readonly Lazy<LinkedSymbols> _symbols;
    private readonly Lazy<RelocationTable> _relocations;

    /// <param name="bytes">A raw arm64 Image: file offset 0 is the kernel's _text. Unwrap others with Containers.KernelFile.</param>
    /// <param name="linkedBase">The address of the first byte, when a container says it (ELF); null to find it out.</param>
    public KernelImage(ReadOnlyMemory<byte> bytes, ulong? linkedBase = null)
        : this(bytes, linkedBase, null)
    {
    }

    /// <param name="bytes">A raw arm64 Image.</param>
    /// <param name="linkedBase">The address of the first byte, or null.</param>
    /// <param name="ownSymbols">What the container lists, for a kernel without kallsyms.</param>
    internal KernelImage(ReadOnlyMemory<byte> bytes, ulong? linkedBase, SymbolTable? ownSymbols)
    {
        Bytes = bytes;
        Header = Arm64Image.TryRead(bytes.Span, out var header) ? header : null;
        _relocations = new(FindRelocations);
        _symbols = new(() => LinkedSymbols.Of(bytes, Header, Relocations, linkedBase, ownSymbols));
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Null when the first 64 bytes are no arm64 header, as in some ELF files.</summary>
    public Arm64Image? Header { get; }

    public RelocationTable Relocations => _relocations.Value;

    /// <summary>Bytes in memory, .bss included; the file's length when the header does not say.</summary>
    public ulong MemorySize => Math.Max((ulong)Bytes.Length, Header?.ImageSize ?? 0);

    /// <summary>The symbols.</summary>
    /// <param name="symbols">Null when the result is false.</param>
    /// <param name="error">KB8005 no kallsyms, or KB8006 the address of the image is unknown.</param>
    public bool TryGetSymbols([NotNullWhen(true)] out SymbolTable? symbols, [NotNullWhen(false)] out Diagnostic? error)
    {
        (symbols, error) = (_symbols.Value.Symbols, _symbols.Value.Error);
        return symbols is not null;
    }

    /// <exception cref="DiagnosticException">KB8005 or KB8006.</exception>
    public SymbolTable ReadSymbols() => TryGetSymbols(out var symbols, out var error) ? symbols : throw new DiagnosticException(error);

    /// <summary>The linked address of the first byte; null when nothing in the image tells it.</summary>
    public ulong? Base => _symbols.Value.Base;

    /// <summary>Where an address lies in the image; false for .bss and everything outside.</summary>
    public bool TryOffset(ulong address, out int offset)
    {
        var distance = address - Base.GetValueOrDefault();
        offset = (int)Math.Min(distance, int.MaxValue);
        return Base is not null && distance < (ulong)Bytes.Length;
    }

    /// <summary>The pointer that stands at an address when the kernel runs where it was linked to; 0 outside the image.</summary>
    public ulong ReadPointer(ulong address) =>
        Relocations.TryTarget(address, out var target)
            ? target
            : TryOffset(address, out var offset) ? KernelBytes.U64(Bytes.Span, offset) : 0;

    /// <summary>A NUL-terminated text of printable ASCII; null when there is none at the address.</summary>
    public string? ReadText(ulong address, int longest = 512) =>
        TryOffset(address, out var offset) && KernelBytes.Text(Bytes.Span, offset, longest) is { IsEmpty: false } text
            ? System.Text.Encoding.ASCII.GetString(text)
            : null;

    /// <summary>Words that look like RELR occur elsewhere, too; the real ones name quads that hold pointers into the image.</summary>
    private RelocationTable FindRelocations()
    {
        var table = RelocationTable.Find(Bytes);
        return table.Form == RelocationForm.Relr && ImageBase.Vote(Bytes.Span, MemorySize, table, Header?.TextOffset) is null
            ? RelocationTable.Empty(Bytes)
            : table;
    }
}
