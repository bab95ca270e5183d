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
    private readonly Lazy<(KallsymsLayout? Layout, Diagnostic? Error)> _layout;
    private readonly Lazy<(ulong? Base, SymbolTable? Symbols, Diagnostic? Error)> _symbols;
    private readonly Lazy<RelocationTable> _relocations;
    private readonly ulong? _linkedBase;

    /// <param name="bytes">A raw arm64 Image: file offset 0 is the kernel's _text. Unwrap others with Containers.KernelFile.</param>
    /// <param name="linkedBase">The address of the first byte, when a container says it (ELF); null to find it out.</param>
    public KernelImage(ReadOnlyMemory<byte> bytes, ulong? linkedBase = null)
    {
        Bytes = bytes;
        _linkedBase = linkedBase;
        Header = Arm64Image.TryRead(bytes.Span, out var header) ? header : null;
        _relocations = new(FindRelocations);
        _layout = new(() => KallsymsLayout.TryFind(bytes, out var layout, out var error) ? (layout, null) : (null, error));
        _symbols = new(FindSymbols);
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
        (_, symbols, error) = _symbols.Value;
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
        return table.Form == RelocationForm.Relr && ImageBase.Vote(Bytes.Span, MemorySize, table) is null
            ? RelocationTable.Empty(Bytes)
            : table;
    }

    private (ulong? Base, SymbolTable? Symbols, Diagnostic? Error) FindSymbols()
    {
        var (layout, error) = _layout.Value;
        if (layout is null)
        {
            return (_linkedBase ?? ImageBase.Vote(Bytes.Span, MemorySize, Relocations), null, error);
        }

        var (start, symbolBase) = FindBase(layout);
        return start is null
            ? (null, null, Diagnostic.Error(
                DiagnosticCodes.KernelBaseUnknown,
                "the address that the kernel was linked to was not found: neither kallsyms nor the relocations contain it",
                "give the vmlinux instead, if there is one; the file may be damaged"))
            : (start, new SymbolTable(Bytes, layout, ReadAddresses(layout, start.Value, symbolBase)), null);
    }

    /// <summary>The address of the image, and what the distances in kallsyms count from.</summary>
    private (ulong? Start, ulong SymbolBase) FindBase(KallsymsLayout layout)
    {
        var span = Bytes.Span;
        if (layout.Addresses.Form == KallsymsAddressForm.BaseRelative)
        {
            // In a relocatable kernel the base is itself a relocated quad, and zero in the file.
            var stored = KernelBytes.U64(span, layout.Addresses.BaseOffset);
            var symbolBase = stored >> 48 == 0xffff ? stored : FindRelocatedBase(layout.Addresses.BaseOffset);
            if (symbolBase != 0)
            {
                return (_linkedBase ?? symbolBase, symbolBase);
            }
        }

        if (layout.Addresses.Form == KallsymsAddressForm.Absolute)
        {
            // The first symbol of the kernel's half of the address space is _text or _head, the image's first byte.
            for (var i = 0; i < layout.Names.Count; i++)
            {
                var address = KernelBytes.U64(span, layout.Addresses.Offset + ((long)i * sizeof(ulong)));
                if (address >> 48 == 0xffff)
                {
                    return (_linkedBase ?? address, 0);
                }
            }
        }

        var start = _linkedBase ?? ImageBase.Vote(span, MemorySize, Relocations);
        var found = start is { } known && layout.Addresses.BaseOffset >= 0
            && Relocations.TryTarget(known + (ulong)layout.Addresses.BaseOffset, out var target) ? target : 0;
        return layout.Addresses.Form == KallsymsAddressForm.BaseRelative && found == 0 ? (null, 0) : (start, found);
    }

    /// <summary>
    /// The base is the image's first byte as a rule: then its own relocation is the one whose place lies that far behind its target.
    /// </summary>
    private ulong FindRelocatedBase(int baseOffset)
    {
        var table = Relocations;
        if (table.Form == RelocationForm.Rela)
        {
            for (var i = 0; i < table.Count; i++)
            {
                var target = table.Target(i);
                if (table.Place(i) - target == (ulong)baseOffset && target % 4096 == 0)
                {
                    return target;
                }
            }
        }

        return 0;
    }

    private ulong[] ReadAddresses(KallsymsLayout layout, ulong start, ulong symbolBase)
    {
        var span = Bytes.Span;
        var addresses = new ulong[layout.Names.Count];
        var at = layout.Addresses.Offset;
        for (var i = 0; i < addresses.Length; i++)
        {
            addresses[i] = layout.Addresses.Form switch
            {
                KallsymsAddressForm.Absolute => KernelBytes.U64(span, at + ((long)i * sizeof(ulong))),
                KallsymsAddressForm.BaseRelative => symbolBase + KernelBytes.U32(span, at + ((long)i * sizeof(uint))),
                _ => start + (ulong)(at + ((long)i * sizeof(int)) + (int)KernelBytes.U32(span, at + ((long)i * sizeof(int)))),
            };
        }

        return addresses;
    }
}
