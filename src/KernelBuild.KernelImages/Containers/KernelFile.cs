using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.KernelImages.Containers;

/// <summary>A file with a kernel in it, unwrapped.</summary>
/// <param name="Layers">From the outside in; device trees last.</param>
/// <param name="Image">The raw kernel; for an ELF file its segments as they lie in memory.</param>
/// <param name="ImageOffset">
/// Where the raw kernel starts in the file, when it is stored there as it is; -1 when it had to be decompressed or put together.
/// </param>
/// <param name="LinkedBase">The address of the image's first byte, from an ELF file; null otherwise.</param>
public sealed record KernelFile(ImmutableArray<KernelLayer> Layers, ReadOnlyMemory<byte> Image, long ImageOffset, ulong? LinkedBase)
{
    /// <summary>256 MiB: six times a distribution's kernel.</summary>
    public const long DefaultMaximumLength = 256L << 20;

    /// <summary>The .symtab of a vmlinux, asked when the kernel has no kallsyms; null in other forms, and when it was stripped.</summary>
    internal SymbolTable? OwnSymbols { get; init; }

    /// <summary>Unwraps a file.</summary>
    /// <param name="file">boot.img, a compressed or raw kernel, a vmlinux.</param>
    /// <param name="kernel">Null when the result is false.</param>
    /// <param name="error">
    /// KB8001 not a kernel; KB8002 a kernel of another architecture; KB8003 cut short; KB8004 wrapped too often; KB8016 an ELF file that
    /// cannot be laid out; KB5001 to KB5003, KB5011, KB5013 for the boot image or the stream around it.
    /// </param>
    /// <param name="maximumLength">Bytes a decompressed kernel may have at most.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> file, [NotNullWhen(true)] out KernelFile? kernel, [NotNullWhen(false)] out Diagnostic? error,
        long maximumLength = DefaultMaximumLength)
    {
        var reader = new KernelFileReader(maximumLength);
        kernel = reader.Read(file, out error);
        return kernel is not null;
    }

    /// <summary>What the image says about the kernel.</summary>
    public KernelImage Open() => new(Image, LinkedBase, OwnSymbols);

    /// <summary>The layers, and the device trees that lie inside the raw kernel, which are searched for.</summary>
    public ImmutableArray<KernelLayer> WithEmbeddedDeviceTrees() =>
        [.. Layers, .. EmbeddedDeviceTrees.Find(Image.Span, Layers.Length == 0 ? 0 : Layers.Max(layer => layer.Depth))];
}
