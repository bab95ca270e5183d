using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.DeviceTrees.Blob;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>
/// A flattened device tree, versions 16 and 17. A tree that was read and not changed is written byte for byte as it was; a
/// changed one keeps the order of its blocks, its strings, its padding and what follows it.
/// Source: Devicetree Specification v0.4, chapter 5.
/// </summary>
public sealed record DeviceTree
{
    /// <summary>16 or 17, or higher when <see cref="LastCompatibleVersion"/> allows it.</summary>
    public uint Version { get; init; } = FlattenedFields.HighestVersion;

    /// <summary>The lowest version that a reader of this tree must know.</summary>
    public uint LastCompatibleVersion { get; init; } = FlattenedFields.LowestVersion;

    /// <summary>The physical id of the processor that boots; 0 for almost every tree.</summary>
    public uint BootCpu { get; init; }

    public ImmutableArray<MemoryReservation> Reservations { get; init; } = [];

    /// <summary>Its name is empty.</summary>
    public required DeviceTreeNode Root { get; init; }

    /// <summary>Where everything stood in the file; null for a tree that was made, not read.</summary>
    internal FlattenedLayout? Layout { get; init; }

    /// <summary>Bytes of the tree in the file it was read from (the header's totalsize); null for a tree that was made.</summary>
    public int? StoredLength => Layout?.TotalSize;

    /// <summary>Reads one tree; what follows it in the file is kept and written again, but not looked at.</summary>
    /// <param name="bytes">The file. The tree refers to it: it must not change afterwards.</param>
    /// <param name="error">KB6001 to KB6004, with the byte offset.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out DeviceTree? tree, [NotNullWhen(false)] out Diagnostic? error) =>
        new DeviceTreeReader(bytes).TryRead(out tree, out error);

    /// <summary>Reads one tree.</summary>
    /// <exception cref="DiagnosticException">KB6001 to KB6004.</exception>
    public static DeviceTree Read(ReadOnlyMemory<byte> bytes) =>
        TryRead(bytes, out var tree, out var error) ? tree : throw new DiagnosticException(error);

    /// <summary>
    /// The tree without the padding at its end and what follows it, as fdt_pack leaves it. QEMU's own trees have a megabyte of
    /// padding, and Linux on arm64 takes none of more than 2 MiB (Documentation/arch/arm64/booting.rst).
    /// </summary>
    public DeviceTree Packed() => Layout is null ? this : this with { Layout = Layout with { Padding = default, Tail = default } };

    /// <summary>The flattened form.</summary>
    /// <exception cref="DiagnosticException">KB6003: the tree would have 2 GiB or more.</exception>
    public byte[] ToArray() => DeviceTreeWriter.Write(this);

    /// <summary>Equal in everything that a kernel sees: the bytes of the files may differ.</summary>
    public bool Equals(DeviceTree? other) =>
        other is not null && BootCpu == other.BootCpu && Reservations.AsSpan().SequenceEqual(other.Reservations.AsSpan())
            && Root.Equals(other.Root);

    public override int GetHashCode() => HashCode.Combine(BootCpu, Reservations.Length, Root);
}
